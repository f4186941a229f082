// Convolutions over two and three axes, dense and depthwise, with their gradients. Images are channels-last, so the
// [N, C, ...] view that libtorch wants needs no copy; filters are re-ordered once per value.
#include "convolution.h"
#include "filterGradient.h"
#include "planar.h"
#include "winograd.h"

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>

#include "../simd/dispatch.h"
#include "activation.h"
#include "product.h"

namespace lulc {
namespace {

at::MemoryFormat channelsLastFormat(int64_t rank) {
  return rank == 2 ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::ChannelsLast3d;
}

at::Tensor images(const Call& call, size_t i, const Convolution& convolution) {
  const at::Tensor tensor = call.raw(i).to(computeType(call.settings()));
  TORCH_CHECK(tensor.dim() == convolution.window.rank() + 2, "images of rank ", tensor.dim(), " where ",
              convolution.window.rank() + 2, " are needed");
  return convolution.channelsFirst ? tensor : channelsFirst(tensor);
}

// Transposing a matrix is far faster in libtorch than permuting more axes.
at::Tensor toTorchFilter(const at::Tensor& filter, FilterKind kind, const FilterSizes& sizes) {
  const int64_t rank = static_cast<int64_t>(sizes.window.size());
  if (kind == FilterKind::depthwise) {
    return filter.movedim({rank, rank + 1}, {0, 1}).reshape(sizes.torch()).contiguous();
  }
  std::vector<int64_t> order{sizes.out};
  order.insert(order.end(), sizes.window.begin(), sizes.window.end());
  order.push_back(sizes.in);
  return channelsFirst(filter.flatten(0, rank).t().contiguous().view(order));
}

at::Tensor fromTorchFilter(const at::Tensor& filter, FilterKind kind, const FilterSizes& sizes,
                           at::IntArrayRef shape) {
  const int64_t rank = static_cast<int64_t>(sizes.window.size());
  if (kind == FilterKind::depthwise) {
    std::vector<int64_t> split{sizes.in, shape[rank + 1]};
    split.insert(split.end(), sizes.window.begin(), sizes.window.end());
    return filter.reshape(split).movedim({0, 1}, {rank, rank + 1}).contiguous();
  }
  return channelsLast(filter).flatten(1, rank + 1).t().contiguous().view(shape);
}

// The filter as libtorch orders it, in the type of computation. `fresh` says that it was not kept from an earlier call.
at::Tensor torchFilter(const Call& call, size_t i, FilterKind kind, const FilterSizes& sizes, bool& fresh) {
  const auto type = computeType(call.settings());
  const Layout key = kind == FilterKind::depthwise ? Layout::depthwiseWeight : Layout::convWeight;
  fresh = false;
  const at::Tensor& kept = call.layout(i, key, [&](const at::Tensor& filter) {
    fresh = true;
    return toTorchFilter(filter.to(type), kind, sizes);
  });
  return kept.scalar_type() == type ? kept : kept.to(type);
}

at::IntArrayRef spatialSizes(const at::Tensor& channelsFirstImages) {
  return channelsFirstImages.sizes().slice(2);
}

bool isEmpty(const Window& window) {
  return std::any_of(window.out.begin(), window.out.end(), [](int64_t size) { return size == 0; });
}

// Whether the padding is the same on both sides, or may be taken as if it were.
bool isSymmetric(const Window& window, at::IntArrayRef in, const FilterSizes& sizes) {
  for (int64_t axis = 0; axis < window.rank(); axis++) {
    const int64_t spare = in[axis] + 2 * window.before[axis] - window.extent(axis, sizes.window[axis]);
    if (window.before[axis] < 0 || spare < 0 || spare / window.stride[axis] + 1 != window.out[axis]) return false;
  }
  return true;
}

// Windows without padding over images that carry it themselves.
struct Unpadded {
  at::Tensor images;
  std::vector<int64_t> padding;
};

// Far more than any filter reaches; oneDNN does not survive images of padding.
constexpr int64_t mostPadding = 4096;

Unpadded withPadding(const at::Tensor& images, const Window& window, const FilterSizes& sizes) {
  const auto in = spatialSizes(images);
  if (isSymmetric(window, in, sizes)) return {images, window.before};
  std::vector<int64_t> pad;
  for (int64_t axis = window.rank() - 1; axis >= 0; axis--) {
    const int64_t before = window.before[axis], after = window.after(axis, in[axis], sizes.window[axis]);
    TORCH_CHECK(before <= mostPadding && after <= mostPadding, "a padding of ", std::max(before, after));
    pad.push_back(before);
    pad.push_back(std::max<int64_t>(0, after));
  }
  at::Tensor padded = at::constant_pad_nd(images, pad, 0);
  // What no window reads is cut off: libtorch would find more windows there.
  for (int64_t axis = 0; axis < window.rank(); axis++) {
    const int64_t after = window.after(axis, in[axis], sizes.window[axis]);
    if (after < 0) padded = padded.narrow(axis + 2, 0, padded.size(axis + 2) + after);
  }
  return {padded, std::vector<int64_t>(window.rank(), 0)};
}

// Symmetric padding with room for all windows: at the strides' distances from where they lie, `missing` more come before
// them on each axis, and `count` there are in all.
struct Widening {
  std::vector<int64_t> padding, missing, count;
};

Widening widening(const Window& window, at::IntArrayRef in, const FilterSizes& sizes) {
  Widening wider;
  for (int64_t axis = 0; axis < window.rank(); axis++) {
    const int64_t before = window.before[axis], stride = window.stride[axis];
    const int64_t least = std::max({before, window.after(axis, in[axis], sizes.window[axis]), int64_t{0}});
    const int64_t missing = (least - before + stride - 1) / stride;
    const int64_t padding = before + missing * stride;
    wider.padding.push_back(padding);
    wider.missing.push_back(missing);
    wider.count.push_back((in[axis] + 2 * padding - window.extent(axis, sizes.window[axis])) / stride + 1);
  }
  return wider;
}

// The gradient in the windows of such padding: those that its own windows lack get none. Cheaper than a padded copy of the
// image, which is larger.
struct Widened {
  at::Tensor dy;
  std::vector<int64_t> padding;
};

Widened widen(const at::Tensor& dy, const Window& window, at::IntArrayRef in, const FilterSizes& sizes) {
  if (isSymmetric(window, in, sizes)) return {dy, window.before};
  const Widening wider = widening(window, in, sizes);
  std::vector<int64_t> pad;
  for (int64_t axis = window.rank() - 1; axis >= 0; axis--) {
    pad.push_back(wider.missing[axis]);
    pad.push_back(wider.count[axis] - wider.missing[axis] - window.out[axis]);
  }
  return {at::constant_pad_nd(dy, pad, 0), wider.padding};
}

// Whether computing more windows and dropping them costs less than a padded copy of the images: where strides make the
// result smaller than they are.
bool isWidenedCheaply(const Window& window, at::IntArrayRef in, const FilterSizes& sizes) {
  if (isSymmetric(window, in, sizes)) return false;
  bool strided = false;
  for (int64_t axis = 0; axis < window.rank(); axis++) {
    const int64_t after = window.after(axis, in[axis], sizes.window[axis]);
    const int64_t reach = window.extent(axis, sizes.window[axis]) + window.stride[axis];
    if (window.before[axis] < 0 || window.before[axis] > reach || after > reach) return false;
    strided = strided || window.stride[axis] > 1;
  }
  if (!strided) return false;
  // a few windows more; padding as large as a large window would make many
  constexpr int64_t few = 2;
  const std::vector<int64_t> count = widening(window, in, sizes).count;
  for (int64_t axis = 0; axis < window.rank(); axis++)
    if (count[axis] > window.out[axis] + few) return false;
  return true;
}

at::Tensor withoutWider(const at::Tensor& y, const Widening& wider, const Window& window) {
  at::Tensor result = y;
  for (int64_t axis = 0; axis < window.rank(); axis++)
    result = result.narrow(axis + 2, wider.missing[axis], window.out[axis]);
  return result;
}

std::vector<int64_t> torchSizes(int64_t batch, int64_t channels, at::IntArrayRef spatial) {
  std::vector<int64_t> sizes{batch, channels};
  sizes.insert(sizes.end(), spatial.begin(), spatial.end());
  return sizes;
}

at::Tensor emptyImages(int64_t batch, int64_t channels, at::IntArrayRef spatial, const at::TensorOptions& options) {
  return at::empty(torchSizes(batch, channels, spatial), options,
                   channelsLastFormat(static_cast<int64_t>(spatial.size())));
}

// Fused convolutions

// What is applied to the result of a convolution: + bias + residual, then the activation.
struct Finish {
  at::Tensor bias;      // any shape that broadcasts, channels last
  at::Tensor residual;  // channels first view
  at::Tensor prelu;     // slopes, any shape that broadcasts, channels last
  Activation activation = Activation::linear;
  double alpha = 0;
};

// A bias by channel, which a convolution adds itself.
at::Tensor channelBias(const at::Tensor& bias, int64_t channels) {
  if (!bias.defined() || bias.dim() > 1 || (bias.numel() != channels && bias.numel() != 1)) return {};
  return bias.numel() == channels ? bias.reshape({channels}) : bias.reshape({1}).expand({channels}).contiguous();
}

// A bias or the slopes of a prelu as they lie beside the view of images with channels second.
at::Tensor besideFirst(const at::Tensor& tensor, int64_t rank, bool first) {
  if (!tensor.defined()) return tensor;
  if (first) return tensor.dim() == 1 ? tensor.view({-1, 1, 1}) : tensor;
  TORCH_CHECK(tensor.dim() <= rank, "a tensor of rank ", tensor.dim(), " beside images of rank ", rank);
  std::vector<int64_t> shape(rank - tensor.dim(), 1);
  shape.insert(shape.end(), tensor.sizes().begin(), tensor.sizes().end());
  return channelsFirst(tensor.view(shape));
}

// oneDNN's convolution with bias, activation and addition in the same pass; libtorch has it for its own compiler.
#if TORCH_VERSION_MAJOR >= 2
class OneDnn {
 public:
  static const OneDnn& get() {
    static const OneDnn instance;
    return instance;
  }

  bool canCompute(const at::Tensor& x, const Convolution& convolution) const {
    if (!plain_.has_value() || !binary_.has_value() || !x.is_cpu() || convolution.window.rank() != 2) return false;
    return x.scalar_type() == at::kFloat ||
           (x.scalar_type() == at::kBFloat16 && simd::bestIsa() == simd::Isa::avx512);
  }
  // Whether the activation can be part of the pass.
  static bool canActivate(const Finish& finish) {
    if (finish.residual.defined())
      return finish.activation == Activation::linear || finish.activation == Activation::relu;
    return finish.activation != Activation::elu && finish.activation != Activation::prelu &&
           finish.activation != Activation::gelu;
  }
  static at::Tensor pack(const at::Tensor& filter, const at::Tensor& x, const Window& window,
                         at::IntArrayRef padding, int64_t groups) {
    return at::mkldnn_reorder_conv2d_weight(filter.to_mkldnn(filter.scalar_type()), padding, window.stride,
                                            window.dilation, groups, x.sizes());
  }
  at::Tensor run(const at::Tensor& x, const at::Tensor& filter, const at::Tensor& bias, const Finish& finish,
                 const Window& window, at::IntArrayRef padding, int64_t groups) const {
    torch::jit::Stack stack;
    stack.reserve(13);
    stack.emplace_back(x);
    if (finish.residual.defined()) stack.emplace_back(finish.residual);
    stack.emplace_back(filter);
    stack.emplace_back(bias.defined() ? c10::IValue(bias) : c10::IValue());
    stack.emplace_back(padding);
    stack.emplace_back(at::IntArrayRef(window.stride));
    stack.emplace_back(at::IntArrayRef(window.dilation));
    stack.emplace_back(groups);
    c10::impl::GenericList scalars(c10::OptionalType::create(c10::NumberType::get()));
    if (finish.residual.defined()) {
      stack.emplace_back("add");
      stack.emplace_back();
      stack.emplace_back(finish.activation == Activation::relu ? c10::IValue("relu") : c10::IValue());
      stack.emplace_back(scalars);
      stack.emplace_back();
      binary_->callBoxed(stack);
    } else {
      stack.emplace_back(name(finish, scalars));
      stack.emplace_back(scalars);
      stack.emplace_back();
      plain_->callBoxed(stack);
    }
    return stack.at(0).toTensor();
  }

 private:
  static const char* name(const Finish& finish, c10::impl::GenericList& scalars) {
    switch (finish.activation) {
      case Activation::relu:
        return "relu";
      case Activation::relu6:
        scalars.push_back(0.0);
        scalars.push_back(6.0);
        return "hardtanh";
      case Activation::sigmoid:
        return "sigmoid";
      case Activation::leakyRelu:
        scalars.push_back(finish.alpha);
        return "leaky_relu";
      case Activation::swish:
        return "swish";
      default:
        return "none";
    }
  }
  using Operator = decltype(c10::Dispatcher::singleton().findSchema({"", ""}));
  const Operator plain_ = c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", ""});
  const Operator binary_ = c10::Dispatcher::singleton().findSchema({"mkldnn::_convolution_pointwise", "binary"});
};

// The result where oneDNN can compute all of it in one pass, else nothing. Filters are packed when they are used again:
// then they are not about to be trained.
at::Tensor inOnePass(const Call& call, const Convolution& convolution, const FilterSizes& sizes,
                     const Unpadded& x, const at::Tensor& filter, bool fresh, const at::Tensor& bias,
                     const Finish& finish) {
  const OneDnn& oneDnn = OneDnn::get();
  const bool nothingToFuse = finish.activation == Activation::linear && !finish.residual.defined();
  if (!oneDnn.canCompute(x.images, convolution) || (fresh && nothingToFuse)) return {};
  if (!OneDnn::canActivate(finish) || (finish.bias.defined() && !bias.defined())) return {};
  at::Tensor weights = filter;
  if (!fresh) {
    const auto pack = [&](const at::Tensor&) {
      return OneDnn::pack(filter, x.images, convolution.window, x.padding, sizes.groups);
    };
    const at::Tensor& kept = call.layout(1, Layout::packed, pack);
    // The same filter may be used as dense and as depthwise, or in another precision.
    if (kept.sizes() == filter.sizes() && kept.scalar_type() == filter.scalar_type()) weights = kept;
  }
  // oneDNN's ReLU makes zeros of NaNs, and broken data would go unnoticed; another pass over memory keeps them.
  const bool relu = finish.activation == Activation::relu || finish.activation == Activation::relu6;
  Finish inside = finish;
  if (relu) inside.activation = Activation::linear;
  at::Tensor y = oneDnn.run(x.images, weights, bias, inside, convolution.window, x.padding, sizes.groups);
  return relu ? activate(y, finish.activation, finish.alpha, {}) : y;
}
#else
at::Tensor inOnePass(const Call&, const Convolution&, const FilterSizes&, const Unpadded&, const at::Tensor&, bool,
                     const at::Tensor&, const Finish&) {
  return {};
}
#endif

at::Tensor inSteps(const Convolution& convolution, const FilterSizes& sizes, const Unpadded& x,
                   const at::Tensor& filter, const at::Tensor& bias, const Finish& finish) {
  const Window& window = convolution.window;
  const bool nothing = x.images.numel() == 0 || filter.numel() == 0;
  at::Tensor y = nothing ? emptyImages(x.images.size(0), sizes.out, window.out, x.images.options()).zero_()
                         : at::convolution(x.images, filter, nothing ? at::Tensor() : bias, window.stride, x.padding,
                                           window.dilation, false, std::vector<int64_t>(window.rank(), 0),
                                           sizes.groups);
  if (finish.bias.defined() && (nothing || !bias.defined()))
    y.add_(besideFirst(finish.bias, y.dim(), convolution.channelsFirst));
  if (finish.residual.defined()) y.add_(finish.residual);
  return activate(y, finish.activation, finish.alpha,
                  besideFirst(finish.prelu, y.dim(), convolution.channelsFirst));
}

// A tensor of the caller's as it is applied to results.
at::Tensor applied(const Call& call, size_t i) {
  return call.has(i) ? call.raw(i).to(computeType(call.settings())) : at::Tensor();
}

}  // namespace

namespace {

// What values below 0 are multiplied by at the end, where that is all that there is to an activation.
c10::optional<float> slopeOf(const Finish& finish) {
  if (finish.activation == Activation::linear) return 1;
  if (finish.activation == Activation::relu) return 0;
  if (finish.activation == Activation::leakyRelu) return static_cast<float>(finish.alpha);
  return {};
}

// The result by Winograd's filtering, NHWC, where that is faster, else nothing.
at::Tensor byWinograd(const Call& call, const Convolution& convolution, const FilterSizes& sizes,
                      const Finish& finish) {
  const at::Tensor& x = call.raw(0);
  const Window& window = convolution.window;
  const auto slope = slopeOf(finish);
  const int64_t outputs = x.size(0) * window.out[0] * window.out[1];
  if (!isPlain(x) || !isPlain(call.raw(1)) || !slope ||
      !isForWinograd(call, convolution, sizes, x.sizes().slice(1, 2), outputs))
    return {};
  const at::Tensor bias = channelBias(finish.bias, sizes.out);
  if (finish.bias.defined() && !bias.defined()) return {};
  if (finish.residual.defined() && !isPlain(call.raw(3))) return {};
  const at::Tensor& filter = call.layout(1, Layout::winograd, transformedFilter);
  return runWinograd(x, filter, bias, finish.residual.defined() ? call.raw(3) : at::Tensor(),
                     *slope, {window.out[0], window.out[1]}, sizes.out,
                     {window.before[0], window.before[1]}, window.dilation);
}

// Whether a convolution is a product of matrices: every pixel by itself.
bool isProduct(const Call& call, const Convolution& convolution, const FilterSizes& sizes, at::IntArrayRef in) {
  const Window& window = convolution.window;
  if (convolution.kind != FilterKind::dense || convolution.channelsFirst || !isSinglePrecision(call.settings()))
    return false;
  for (int64_t axis = 0; axis < window.rank(); axis++)
    if (sizes.window[axis] != 1 || window.stride[axis] != 1 || window.before[axis] != 0 || window.out[axis] != in[axis])
      return false;
  return true;
}

// The pixels of images as the rows of a matrix.
at::Tensor pixels(const at::Tensor& images) { return images.reshape({-1, images.size(-1)}); }

// The filter of such a convolution: [in, out].
at::Tensor filterMatrix(const at::Tensor& filter, const FilterSizes& sizes) {
  return filter.view({sizes.in, sizes.out});
}

// The result of a product where that is all that the convolution is, else nothing: oneDNN gives it half the speed when it
// meets a filter for the first time, as it does in training, and the same when it has packed it.
at::Tensor byProduct(const Call& call, const Convolution& convolution, const FilterSizes& sizes,
                     const Finish& finish) {
  const at::Tensor &x = call.raw(0), &filter = call.raw(1);
  if (finish.activation != Activation::linear || finish.residual.defined() || x.numel() == 0 || !isPlain(x) ||
      !isPlain(filter) || !isProduct(call, convolution, sizes, x.sizes().slice(1, convolution.window.rank())))
    return {};
  const at::Tensor bias = channelBias(finish.bias, sizes.out);
  if (finish.bias.defined() && !bias.defined()) return {};
  const at::Tensor y = ownProduct(pixels(x), filterMatrix(filter, sizes), bias);
  if (!y.defined()) return {};
  std::vector<int64_t> shape = x.sizes().vec();
  shape.back() = sizes.out;
  return y.view(shape);
}

// The result of few channels by loops over planes, where that is faster, else nothing.
at::Tensor byPlanes(const Call& call, const Convolution& convolution, const FilterSizes& sizes,
                    const Finish& finish) {
  const at::Tensor &x = call.raw(0), &filter = call.raw(1);
  const auto slope = slopeOf(finish);
  if (!slope || finish.residual.defined() || x.numel() == 0 || !isPlain(x) || !isPlain(filter)) return {};
  const auto shape = planarOf(call, convolution, sizes, x.sizes().slice(1, convolution.window.rank()));
  if (!shape || !isFasterByPlanes(*shape)) return {};
  const at::Tensor bias = channelBias(finish.bias, sizes.out);
  if (finish.bias.defined() && !bias.defined()) return {};
  return planarForward(*shape, x, filter, bias, *slope);
}

}  // namespace

// activation(x * filter (+ bias) (+ residual)). Inputs: x, filter, bias, residual, slopes of prelu; all but the first two
// may be left out.
LULC_KERNEL(Convolution) {
  Convolution convolution = readConvolution(call);
  Window& window = convolution.window;
  const int64_t activation = call.integer();
  TORCH_CHECK(activation >= 0 && activation <= lastActivation, "unknown activation ", activation);
  Finish finish;
  finish.activation = static_cast<Activation>(activation);
  finish.alpha = call.number();
  finish.bias = applied(call, 2);
  finish.prelu = applied(call, 4);

  const FilterSizes sizes(call.raw(1).sizes(), convolution.kind, window.rank());
  const at::Tensor x = images(call, 0, convolution);
  TORCH_CHECK(x.size(1) == sizes.in, "images of ", x.size(1), " channels and a filter for ", sizes.in);
  // oneDNN computes wrong sums of images with one channel where a row holds one window and the strides differ (PyTorch 2.13
  // does, too). The stride of a single window has no meaning.
  for (int64_t axis = 0; sizes.in == 1 && axis < window.rank(); axis++)
    if (window.out[axis] == 1) window.stride[axis] = 1;
  if (call.has(3)) {
    finish.residual = images(call, 3, convolution);
    TORCH_CHECK(finish.residual.sizes() == torchSizes(x.size(0), sizes.out, window.out),
                "what is added has another shape than the result");
  }
  for (const auto& by : {byWinograd, byPlanes, byProduct}) {
    const at::Tensor own = by(call, convolution, sizes, finish);
    if (own.defined()) return call.output(own);
  }
  at::Tensor y;
  if (isEmpty(window)) {
    y = emptyImages(x.size(0), sizes.out, window.out, x.options());
  } else {
    bool fresh = false;
    const at::Tensor filter = torchFilter(call, 1, convolution.kind, sizes, fresh);
    const bool wide = !finish.residual.defined() && x.numel() > 0 && filter.numel() > 0 &&
                      isWidenedCheaply(window, spatialSizes(x), sizes);
    const Widening wider = wide ? widening(window, spatialSizes(x), sizes) : Widening();
    const Unpadded padded = wide ? Unpadded{x, wider.padding} : withPadding(x, window, sizes);
    const at::Tensor bias = channelBias(finish.bias, sizes.out);
    if (padded.images.numel() > 0 && filter.numel() > 0)
      y = inOnePass(call, convolution, sizes, padded, filter, fresh, bias, finish);
    if (!y.defined()) y = inSteps(convolution, sizes, padded, filter, bias, finish);
    if (wide) y = withoutWider(y, wider, window);
    TORCH_CHECK(spatialSizes(y) == at::IntArrayRef(window.out), "windows of ", spatialSizes(y), " where ",
                at::IntArrayRef(window.out), " were announced");
  }
  const at::Tensor result = convolution.channelsFirst ? y : channelsLast(y);
  if (at::isIntegralType(call.raw(0).scalar_type(), true)) {
    call.output(result, dtypeOf(call.raw(0)));
  } else {
    call.output(result);
  }
}

namespace {

std::array<at::Tensor, 2> backward(const at::Tensor& dy, const at::Tensor& x, const at::Tensor& filter,
                                   const Window& window, at::IntArrayRef padding, int64_t groups, bool ofInput) {
  auto [dx, dFilter, dBias] = at::convolution_backward(
      dy, x, filter, c10::nullopt, window.stride, padding, window.dilation, false,
      std::vector<int64_t>(window.rank(), 0), groups, {ofInput, !ofInput, false});
  return {dx, dFilter};
}

void checkResultShape(const at::Tensor& dy, int64_t batch, const FilterSizes& sizes, const Window& window) {
  const auto shape = torchSizes(batch, sizes.out, window.out);
  TORCH_CHECK(dy.sizes() == shape, "a gradient of shape ", dy.sizes(), " (channels second) where ",
              at::IntArrayRef(shape), " is needed");
}

}  // namespace

// Inputs: dy, filter. Attributes: the convolution, then the shape of its images.
LULC_KERNEL(ConvolutionInputGradient) {
  const Convolution convolution = readConvolution(call);
  const Window& window = convolution.window;
  const std::vector<int64_t> shape = call.integers();
  TORCH_CHECK(static_cast<int64_t>(shape.size()) == window.rank() + 2, "images of rank ", shape.size());
  const FilterSizes sizes(call.raw(1).sizes(), convolution.kind, window.rank());
  const at::Tensor dy = images(call, 0, convolution);
  const int64_t batch = shape[0], channels = convolution.channelsFirst ? shape[1] : shape.back();
  const at::IntArrayRef in = at::IntArrayRef(shape).slice(convolution.channelsFirst ? 2 : 1, window.rank());
  TORCH_CHECK(channels == sizes.in, "images of ", channels, " channels and a filter for ", sizes.in);
  checkResultShape(dy, batch, sizes, window);
  if (window.rank() == 2 && isForWinograd(call, convolution, sizes, in, batch * shape[1] * shape[2]) &&
      isPlain(call.raw(0)) && isPlain(call.raw(1))) {
    const at::Tensor& turned = call.layout(1, Layout::winogradTurned, turnedFilter);
    return call.output(runWinograd(call.raw(0), turned, {}, {}, 1, {shape[1], shape[2]}, sizes.in,
                                   {2 * window.dilation[0] - window.before[0], 2 * window.dilation[1] - window.before[1]},
                                   window.dilation));
  }
  if (dy.numel() > 0 && isPlain(call.raw(0)) && isPlain(call.raw(1))) {
    const auto planar = planarOf(call, convolution, sizes, in);
    if (planar && isInputGradientFasterByPlanes(*planar))
      return call.output(planarInputGradient(*planar, call.raw(0), call.raw(1)));
  }
  if (dy.numel() > 0 && isPlain(call.raw(0)) && isPlain(call.raw(1)) && isProduct(call, convolution, sizes, in)) {
    const at::Tensor own = ownProduct(pixels(call.raw(0)), filterMatrix(call.raw(1), sizes).t(), {});
    if (own.defined()) return call.output(own.view(shape));
  }
  at::Tensor dx = emptyImages(batch, channels, in, dy.options());
  if (dy.numel() == 0 || dx.numel() == 0 || call.raw(1).numel() == 0) {
    dx.zero_();
  } else {
    bool fresh = false;
    const at::Tensor filter = torchFilter(call, 1, convolution.kind, sizes, fresh);
    const Widened widened = widen(dy, window, in, sizes);
    dx = backward(widened.dy, dx, filter, window, widened.padding, sizes.groups, true)[0];
  }
  call.output(convolution.channelsFirst ? dx : channelsLast(dx));
}

namespace {

// Whether oneDNN's gradient of a dense filter is faster than the own loops: for one or two of its blocks of channels, whose
// sums leave some of the own loops' registers empty.
bool isForOneDnn(const FilterSizes& sizes, const Window& window) {
  const int64_t lanes = planarLoops().lanes;
  const bool blocks = sizes.out == lanes || (sizes.out == 2 * lanes && window.stride[0] == 1);
  return lanes == 16 && window.rank() == 2 && sizes.groups == 1 && blocks && sizes.in % 8 == 0 &&
         sizes.window[0] * sizes.window[1] > 4;
}

}  // namespace

// Inputs: x, dy. Attributes: the convolution, then the shape of its filter.
LULC_KERNEL(ConvolutionFilterGradient) {
  const Convolution convolution = readConvolution(call);
  const Window& window = convolution.window;
  const std::vector<int64_t> shape = call.integers();
  const FilterSizes sizes(shape, convolution.kind, window.rank());
  const at::Tensor x = images(call, 0, convolution), dy = images(call, 1, convolution);
  TORCH_CHECK(x.size(1) == sizes.in, "images of ", x.size(1), " channels and a filter for ", sizes.in);
  checkResultShape(dy, x.size(0), sizes, window);
  if (dy.numel() == 0 || x.numel() == 0) {
    call.output(at::zeros(shape, call.options()));
    return;
  }
  // The own loops add to all sums in every block of rows. A product does not, which pays where no second-level cache holds them.
  constexpr int64_t manySums = int64_t{1} << 19;
  if (sizes.in * sizes.out >= manySums && isPlain(call.raw(0)) && isPlain(call.raw(1)) &&
      isProduct(call, convolution, sizes, spatialSizes(x))) {
    const at::Tensor product = ownProduct(pixels(call.raw(0)).t(), pixels(call.raw(1)), {});
    if (product.defined()) return call.output(product.view(shape));
  }
  if (isPlain(call.raw(0)) && isPlain(call.raw(1))) {
    const auto planar = planarOf(call, convolution, sizes, spatialSizes(x));
    if (planar && isFilterGradientFasterByPlanes(*planar))
      return call.output(planarFilterGradient(*planar, call.raw(0), call.raw(1)));
  }
  const at::Tensor own = isForOneDnn(sizes, window) ? at::Tensor() : ownFilterGradient(call, convolution, sizes);
  if (own.defined()) return call.output(own);
  const bool wide = isWidenedCheaply(window, spatialSizes(x), sizes);
  const Unpadded padded = wide ? Unpadded{x, {}} : withPadding(x, window, sizes);
  const Widened widened = wide ? widen(dy, window, spatialSizes(x), sizes) : Widened{dy, padded.padding};
  const at::Tensor filter = at::empty(sizes.torch(), x.options(), channelsLastFormat(window.rank()));
  const at::Tensor gradient =
      backward(widened.dy, padded.images, filter, window, widened.padding, sizes.groups, false)[1];
  call.output(fromTorchFilter(gradient, convolution.kind, sizes, shape).to(at::kFloat));
}

}  // namespace lulc
