#include "allocator.h"

#include "pch.h"

#include <cstdlib>
#include <cstring>

namespace lulc {
namespace {

constexpr size_t alignment = 64;
// Smaller blocks are the C library's business: it keeps those itself, and quickly. Under the address sanitizer all are,
// so that it sees every use of freed memory.
#ifdef __SANITIZE_ADDRESS__
constexpr size_t smallest = size_t{1} << 62;
#else
constexpr size_t smallest = 16384;
#endif

// Eight size classes per power of two: at most an eighth of a block is wasted.
size_t roundedSize(size_t bytes) {
  if (bytes < smallest) return (bytes + alignment - 1) / alignment * alignment;
  size_t power = smallest;
  while (power * 2 <= bytes) power *= 2;
  const size_t step = power / 8;
  return (bytes + step - 1) / step * step;
}

struct Header {
  size_t size;
};

class Cache {
 public:
  void* take(size_t bytes) {
    const size_t size = roundedSize(bytes);
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      TORCH_CHECK_WITH(
          OutOfMemoryError, used_ + static_cast<int64_t>(size) <= limit_, "out of memory: ", bytes,
          " bytes wanted, ", used_, " in use, the limit is ", limit_);
      if (size >= smallest) {
        auto list = free_.find(size);
        if (list != free_.end() && !list->second.empty()) {
          void* block = list->second.back();
          list->second.pop_back();
          cached_ -= size;
          count(size);
          return block;
        }
      }
      count(size);
    }
    void* block = fromSystem(size);
    if (block == nullptr) {
      trim();
      block = fromSystem(size);
    }
    if (block == nullptr) {
      const std::lock_guard<std::mutex> guard(mutex_);
      used_ -= size;
      TORCH_CHECK_WITH(OutOfMemoryError, false, "out of memory: the system has no ", bytes, " bytes");
    }
    reinterpret_cast<Header*>(block)->size = size;
    return static_cast<char*>(block) + alignment;
  }

  void give(void* data) {
    void* block = static_cast<char*>(data) - alignment;
    const size_t size = reinterpret_cast<Header*>(block)->size;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      used_ -= size;
      if (size >= smallest && cached_ + static_cast<int64_t>(size) <= cacheLimit_) {
        free_[size].push_back(data);
        cached_ += size;
        return;
      }
    }
    std::free(block);
  }

  void trim() {
    std::unordered_map<size_t, std::vector<void*>> blocks;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      blocks.swap(free_);
      cached_ = 0;
    }
    for (auto& [size, list] : blocks)
      for (void* data : list) std::free(static_cast<char*>(data) - alignment);
  }

  void setLimits(int64_t cacheLimit, int64_t limit) {
    bool over;
    {
      const std::lock_guard<std::mutex> guard(mutex_);
      cacheLimit_ = cacheLimit;
      limit_ = limit;
      over = cached_ > cacheLimit_;
    }
    if (over) trim();
  }

  MemoryStatistics statistics() {
    const std::lock_guard<std::mutex> guard(mutex_);
    return {used_, peak_, cached_, cacheLimit_, limit_};
  }

 private:
  static void* fromSystem(size_t size) {
    void* block = nullptr;
    return posix_memalign(&block, alignment, size + alignment) == 0 ? block : nullptr;
  }

  void count(size_t size) {
    used_ += size;
    if (used_ > peak_) peak_ = used_;
  }

  std::mutex mutex_;
  std::unordered_map<size_t, std::vector<void*>> free_;
  int64_t used_ = 0;
  int64_t peak_ = 0;
  int64_t cached_ = 0;
  int64_t cacheLimit_ = int64_t{4} << 30;
  int64_t limit_ = INT64_MAX;
};

// Never destroyed: tensors in static storage of other libraries may be freed after this library's own statics.
Cache& cache() {
  static Cache* instance = new Cache();
  return *instance;
}

void release(void* data) {
  if (data != nullptr) cache().give(data);
}

class Allocator final : public c10::Allocator {
#if TORCH_VERSION_MAJOR > 2 || (TORCH_VERSION_MAJOR == 2 && TORCH_VERSION_MINOR >= 3)
 public:
  c10::DataPtr allocate(size_t bytes) override { return make(bytes); }
  void copy_data(void* to, const void* from, size_t count) const override { std::memcpy(to, from, count); }
#else
 public:
  c10::DataPtr allocate(size_t bytes) const override { return make(bytes); }
#endif
  c10::DeleterFnPtr raw_deleter() const override { return &release; }

 private:
  static c10::DataPtr make(size_t bytes) {
    void* data = bytes == 0 ? nullptr : cache().take(bytes);
    return {data, data, &release, c10::Device(c10::kCPU)};
  }
};

}  // namespace

void installAllocator() {
  static std::once_flag once;
  std::call_once(once, [] { c10::SetCPUAllocator(new Allocator(), /*priority=*/1); });
}

MemoryStatistics memoryStatistics() { return cache().statistics(); }

void setMemoryLimits(int64_t cacheLimit, int64_t limit) { cache().setLimits(cacheLimit, limit); }

void trimMemory() { cache().trim(); }

}  // namespace lulc
