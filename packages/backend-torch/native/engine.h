// What kernels are written against: values, calls and the table of kernels. See README.md in this folder.
#pragma once

#include "pch.h"

namespace lulc {

// Element types as TF.js knows them. The numbers are part of the protocol with src/native/protocol.ts.
enum class DType : int { float32 = 0, int32 = 1, boolean = 2 };

// Arithmetic inside convolutions and matrix products; everything outside stays float32.
enum class Precision : int { float32 = 0, bf16 = 1, fp16 = 2, tf32 = 3 };

// Copies of a value in another memory layout, kept with the value because values never change.
enum class Layout : int {
  convWeight = 0,
  depthwiseWeight = 1,
  transposed = 2,
  packed = 3,
  winograd = 4,
  winogradTurned = 5,
  count = 6
};

// A re-layout, and the shape in which its source was seen.
struct KeptLayout {
  at::Tensor tensor;
  std::vector<int64_t> of;
};

// A tensor as the engine keeps it: contiguous, in the shape that TF.js sees (images are NHWC).
struct Value {
  at::Tensor tensor;
  std::array<KeptLayout, static_cast<size_t>(Layout::count)> layouts;
  // Of a value that is only another view of a kept one for the time of a call: where its re-layouts are kept.
  Value* origin = nullptr;

  void reset(at::Tensor next = {}) {
    tensor = std::move(next);
    forgetLayouts();
  }
  void forgetLayouts() {
    for (auto& layout : layouts) layout.tensor.reset();
  }
};

// A word that stands for a whole number: JavaScript's are exact up to 2^53, and nothing else may become an int64.
inline int64_t wholeNumber(double word) {
  constexpr double largest = 9007199254740992.0;
  TORCH_CHECK(word >= -largest && word <= largest, word, " where a whole number is needed");
  return static_cast<int64_t>(word);
}

// Settings of one engine (one JavaScript environment).
struct Settings {
  at::Device device = at::kCPU;
  Precision precision = Precision::float32;
  // Whether 3x3 convolutions may be computed with fewer multiplications and a little more rounding.
  bool winograd = true;
};

// One kernel call: inputs, numeric attributes in the order the JavaScript table wrote them, and outputs.
// Attributes are read one after another; reading beyond the end is an error, not undefined behaviour.
class Call {
 public:
  Call(const Settings& settings, std::vector<Value*>& inputs, const double* attributes, size_t count)
      : settings_(settings), inputs_(inputs), next_(attributes), end_(attributes + count) {}

  const Settings& settings() const { return settings_; }

  // Inputs.
  size_t inputCount() const { return inputs_.size(); }
  bool has(size_t i) const { return i < inputs_.size() && inputs_[i] != nullptr; }
  // The input in full precision: what most kernels want.
  at::Tensor tensor(size_t i) const;
  // The input as it is kept, possibly in bf16 or fp16 under a precision option.
  const at::Tensor& raw(size_t i) const;
  // A re-layout of the input, made once per value. `make` gets the input as it is kept.
  template <typename Make>
  const at::Tensor& layout(size_t i, Layout key, Make make) const {
    Value& value = required(i);
    KeptLayout& kept = (value.origin != nullptr ? *value.origin : value).layouts[static_cast<size_t>(key)];
    if (!kept.tensor.defined() || value.tensor.sizes() != kept.of) {
      kept.tensor = make(value.tensor);
      kept.of = value.tensor.sizes().vec();
    }
    return kept.tensor;
  }
  // An optional input: undefined when the call leaves it out.
  at::Tensor optional(size_t i) const { return has(i) ? tensor(i) : at::Tensor(); }

  // Attributes.
  bool more() const { return next_ < end_; }
  double number();
  int64_t integer() { return wholeNumber(number()); }
  bool flag() { return number() != 0; }
  DType dtype() { return static_cast<DType>(integer()); }
  // A list written with its length in front.
  std::vector<int64_t> integers();

  // Outputs, in order. They are made contiguous; types TF.js does not know become the nearest that it does
  // (int64 and the small integers int32, double float32).
  void output(at::Tensor tensor);
  void output(const at::Tensor& tensor, DType dtype);
  std::vector<at::Tensor>& outputs() { return outputs_; }

  // Options for tensors that a kernel creates on the engine's device.
  at::TensorOptions options(at::ScalarType type = at::kFloat) const {
    return at::TensorOptions().dtype(type).device(settings_.device);
  }

 private:
  Value& required(size_t i) const;

  const Settings& settings_;
  std::vector<Value*>& inputs_;
  const double* next_;
  const double* end_;
  std::vector<at::Tensor> outputs_;
};

at::ScalarType scalarType(DType dtype);
DType dtypeOf(const at::Tensor& tensor);

using KernelFunction = void (*)(Call&);

struct Kernel {
  const char* name;
  KernelFunction run;
};

// Every kernel of the addon; its position is its opcode.
std::vector<Kernel>& kernelTable();

struct Registration {
  Registration(const char* name, KernelFunction run) { kernelTable().push_back({name, run}); }
};

}  // namespace lulc

// Defines and registers a kernel: LULC_KERNEL(Add) { call.output(at::add(call.tensor(0), call.tensor(1))); }
#define LULC_KERNEL(name)                                                     \
  static void kernel##name(::lulc::Call& call);                               \
  static const ::lulc::Registration registration##name(#name, &kernel##name); \
  static void kernel##name(::lulc::Call& call)
