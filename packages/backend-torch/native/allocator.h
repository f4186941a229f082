// A caching allocator for CPU memory. The C library gives large blocks back to the system on every free, and a training
// step then spends a quarter of its time in page faults; this keeps freed blocks, up to a bound, for the next step.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lulc {

struct MemoryStatistics {
  int64_t used;       // bytes in tensors now
  int64_t peak;       // most bytes in tensors so far
  int64_t cached;     // freed bytes kept for the next allocation
  int64_t cacheLimit; // most bytes kept
  int64_t limit;      // most bytes in tensors; an allocation beyond it fails
};

// Makes it the allocator of every CPU tensor of this process. Done once; later calls do nothing.
void installAllocator();
MemoryStatistics memoryStatistics();
void setMemoryLimits(int64_t cacheLimit, int64_t limit);
// Gives all kept blocks back to the system.
void trimMemory();

}  // namespace lulc
