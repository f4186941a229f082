// Element-wise arithmetic of two inputs.
#include "../engine.h"

LULC_KERNEL(Add) { call.output(at::add(call.raw(0), call.raw(1))); }
LULC_KERNEL(Sub) { call.output(at::sub(call.raw(0), call.raw(1))); }
LULC_KERNEL(Multiply) { call.output(at::mul(call.raw(0), call.raw(1))); }
