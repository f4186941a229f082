#include "device.h"

#include <ATen/Context.h>

#ifdef LULC_CUDA
#include <c10/cuda/CUDACachingAllocator.h>
#include <c10/cuda/CUDAFunctions.h>
#endif

namespace lulc {

at::Device bestDevice() {
#ifdef LULC_CUDA
  if (c10::cuda::device_count() > 0) return at::Device(at::kCUDA, c10::cuda::current_device());
#endif
  return at::kCPU;
}

at::Tensor toDevice(const at::Tensor& tensor, at::Device device) {
  if (device.is_cpu()) return tensor;
  return tensor.pin_memory().to(device, /*non_blocking=*/true);
}

at::Tensor waitedCopy(const at::Tensor& tensor) { return tensor.to(at::kCPU); }

MemoryStatistics deviceMemory(at::Device device) {
#ifdef LULC_CUDA
  if (device.is_cuda()) {
    const auto stats = c10::cuda::CUDACachingAllocator::getDeviceStats(device.index());
    const auto& used = stats.allocated_bytes[0];
    const auto& reserved = stats.reserved_bytes[0];
    return {used.current, used.peak, reserved.current - used.current, INT64_MAX, INT64_MAX};
  }
#endif
  (void)device;
  return memoryStatistics();
}

void trimDevice(at::Device device) {
#ifdef LULC_CUDA
  if (device.is_cuda()) c10::cuda::CUDACachingAllocator::emptyCache();
#endif
  (void)device;
  trimMemory();
}

void allowTf32(bool allow) {
  at::globalContext().setAllowTF32CuDNN(allow);
  at::globalContext().setAllowTF32CuBLAS(allow);
}

}  // namespace lulc
