#include "numbers.h"

#include <cmath>
#include <cstring>

#include "loops.h"

namespace lulc {
namespace {

constexpr double twoTo31 = 2147483648.0;
constexpr double twoTo32 = 4294967296.0;

int32_t wrap(double number) {
  if (number > -twoTo31 - 1 && number < twoTo31) return static_cast<int32_t>(number);
  if (!std::isfinite(number)) return 0;
  return static_cast<int32_t>(static_cast<uint32_t>(static_cast<int64_t>(std::fmod(number, twoTo32))));
}

template <typename Number>
at::Tensor wrappedOnCpu(const at::Tensor& numbers) {
  const at::Tensor from = numbers.contiguous();
  at::Tensor result = at::empty(from.sizes(), from.options().dtype(at::kInt));
  const Number* source = from.data_ptr<Number>();
  int32_t* target = result.data_ptr<int32_t>();
  at::parallel_for(0, from.numel(), grainSize, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) target[i] = wrap(source[i]);
  });
  return result;
}

bool isWord(const at::Tensor& tensor) {
  return tensor.is_cpu() && tensor.is_contiguous() &&
         (tensor.scalar_type() == at::kFloat || tensor.scalar_type() == at::kInt);
}

uint32_t word(const void* data, int64_t i) {
  uint32_t bits;
  std::memcpy(&bits, static_cast<const char*>(data) + i * sizeof bits, sizeof bits);
  return bits;
}

at::Tensor chosenWords(const at::Tensor& condition, const at::Tensor& yes, const at::Tensor& no) {
  at::Tensor result = at::empty(yes.sizes(), yes.options());
  const bool* holds = condition.data_ptr<bool>();
  const void* first = yes.data_ptr();
  const void* second = no.data_ptr();
  char* target = static_cast<char*>(result.data_ptr());
  at::parallel_for(0, result.numel(), grainSize, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; i++) {
      const uint32_t other = word(second, i);
      const uint32_t bits = other ^ ((word(first, i) ^ other) & (0u - static_cast<uint32_t>(holds[i])));
      std::memcpy(target + i * sizeof bits, &bits, sizeof bits);
    }
  });
  return result;
}

}  // namespace

at::Tensor chosen(const at::Tensor& condition, const at::Tensor& yes, const at::Tensor& no) {
  const bool alike = condition.sizes() == yes.sizes() && condition.sizes() == no.sizes();
  if (alike && isWord(yes) && isWord(no) && condition.is_contiguous()) return chosenWords(condition, yes, no);
  return at::where(condition, yes, no);
}

at::Tensor wrapped(const at::Tensor& numbers) {
  if (numbers.is_cpu() && numbers.scalar_type() == at::kFloat) return wrappedOnCpu<float>(numbers);
  if (numbers.is_cpu()) return wrappedOnCpu<double>(numbers.to(at::kDouble));
  const at::Tensor finite = numbers.masked_fill(at::isfinite(numbers).logical_not(), 0);
  return at::fmod(finite.to(at::kDouble), twoTo32).to(at::kLong).to(at::kInt);
}

at::Tensor stored(const at::Tensor& numbers, at::ScalarType type) {
  switch (type) {
    case at::kBool:
      return isFloat(numbers) ? wrapped(numbers).to(at::kBool) : numbers.to(at::kBool);
    case at::kInt:
      return isFloat(numbers) ? wrapped(numbers) : numbers.to(at::kInt);
    default:
      return numbers.scalar_type() == at::kFloat ? numbers : numbers.to(type);
  }
}

at::Tensor truth(const at::Tensor& values) {
  if (values.scalar_type() == at::kBool) return values;
  const at::Tensor other = values.ne(0);
  return isFloat(values) ? other.logical_and_(values.eq(values)) : other;
}

at::ScalarType upcast(at::ScalarType a, at::ScalarType b) {
  if (at::isFloatingType(a) || at::isFloatingType(b)) return at::kFloat;
  return a == at::kBool && b == at::kBool ? at::kBool : at::kInt;
}

}  // namespace lulc
