// Where the engine computes: the differences between CPU and CUDA that kernels need not know.
#pragma once

#include "allocator.h"
#include "pch.h"

namespace lulc {

// CUDA when this addon was built for it and a GPU is there, else the CPU.
at::Device bestDevice();
// A tensor of host memory on the device; on CUDA the copy is pinned and asynchronous.
at::Tensor toDevice(const at::Tensor& tensor, at::Device device);
// A copy in host memory, complete when it returns. May be called from any thread.
at::Tensor waitedCopy(const at::Tensor& tensor);
MemoryStatistics deviceMemory(at::Device device);
void trimDevice(at::Device device);
// Lets CUDA use TensorFloat-32 in convolutions and matrix products.
void allowTf32(bool allow);

}  // namespace lulc
