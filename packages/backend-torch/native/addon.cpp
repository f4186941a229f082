// The door to JavaScript. One environment (main thread or worker) has one Engine with its own values and programs.
#include <node_api.h>

#include <cmath>
#include <cstring>
#include <sstream>

#include "allocator.h"
#include "device.h"
#include "engine.h"
#include "program.h"
#include "simd/dispatch.h"

namespace lulc {
namespace {

// What one environment holds.
struct Engine {
  Settings settings;
  double* words = nullptr;  // the shared command buffer
  size_t capacity = 0;
  napi_ref buffer = nullptr;
  std::deque<Value> values;
  std::vector<int32_t> freeHandles;
  std::unordered_map<int32_t, std::unique_ptr<Program>> programs;
  int32_t nextProgram = 1;
  // Scratch of `run`, kept so that a call allocates nothing.
  std::vector<Value*> inputs;
  std::deque<Value> reshaped;
  std::vector<at::Tensor> outputs;

  int32_t add(at::Tensor tensor) {
    int32_t handle;
    if (freeHandles.empty()) {
      handle = static_cast<int32_t>(values.size());
      values.emplace_back();
    } else {
      handle = freeHandles.back();
      freeHandles.pop_back();
    }
    values[handle].reset(std::move(tensor));
    return handle;
  }

  Value& at(double handle) {
    TORCH_CHECK(handle >= 0 && handle < static_cast<double>(values.size()) &&
                    values[static_cast<size_t>(handle)].tensor.defined(),
                "the tensor was disposed");
    return values[static_cast<size_t>(handle)];
  }

  void release(double handle) {
    at(handle).reset();
    freeHandles.push_back(static_cast<int32_t>(handle));
  }
};

void check(napi_env env, napi_status status, const char* what) {
  if (status == napi_ok) return;
  bool pending = false;
  napi_is_exception_pending(env, &pending);
  TORCH_CHECK(false, "Node-API: ", what, " failed");
}

Engine& engineOf(napi_env env) {
  void* data = nullptr;
  check(env, napi_get_instance_data(env, &data), "instance data");
  TORCH_CHECK(data != nullptr, "the engine has ended");
  return *static_cast<Engine*>(data);
}

// Runs the body of a function that JavaScript calls; nothing but a JavaScript error leaves it.
template <typename Body>
napi_value guarded(napi_env env, Body body) {
  const char* code = "invalid-argument";
  std::string message;
  try {
    c10::InferenceMode inference;
    return body();
  } catch (const c10::OutOfMemoryError& error) {
    code = "out-of-memory";
    message = error.what_without_backtrace();
  } catch (const c10::Error& error) {
    message = error.what_without_backtrace();
  } catch (const std::bad_alloc&) {
    code = "out-of-memory";
    message = "out of memory";
  } catch (const std::exception& error) {
    message = error.what();
  } catch (...) {
    message = "an unknown error";
  }
  if (message.find("out of memory") != std::string::npos || message.find("CUDA out of memory") != std::string::npos)
    code = "out-of-memory";
  napi_throw_error(env, code, message.c_str());
  return nullptr;
}

template <size_t count>
std::array<napi_value, count> arguments(napi_env env, napi_callback_info info) {
  std::array<napi_value, count> values{};
  size_t given = count;
  check(env, napi_get_cb_info(env, info, &given, values.data(), nullptr, nullptr), "arguments");
  TORCH_CHECK(given >= count, "too few arguments");
  return values;
}

double numberOf(napi_env env, napi_value value) {
  double number = 0;
  check(env, napi_get_value_double(env, value, &number), "a number");
  return number;
}

napi_value numberValue(napi_env env, double number) {
  napi_value value = nullptr;
  check(env, napi_create_double(env, number, &value), "a number");
  return value;
}

napi_value stringValue(napi_env env, const std::string& text) {
  napi_value value = nullptr;
  check(env, napi_create_string_utf8(env, text.c_str(), text.size(), &value), "a string");
  return value;
}

void setProperty(napi_env env, napi_value object, const char* name, napi_value value) {
  check(env, napi_set_named_property(env, object, name, value), "a property");
}

// Writes the outputs of a call: count, then handle, element type, rank and sizes of each.
void writeOutputs(Engine& engine, std::vector<at::Tensor>& outputs) {
  size_t needed = 1;
  for (const auto& tensor : outputs) needed += 3 + tensor.dim();
  TORCH_CHECK(needed <= engine.capacity, "the command buffer is too small for ", outputs.size(), " outputs");
  double* word = engine.words;
  *word++ = static_cast<double>(outputs.size());
  for (auto& tensor : outputs) {
    const auto sizes = tensor.sizes().vec();
    const DType dtype = dtypeOf(tensor);
    *word++ = engine.add(std::move(tensor));
    *word++ = static_cast<int>(dtype);
    *word++ = static_cast<double>(sizes.size());
    for (const int64_t size : sizes) *word++ = static_cast<double>(size);
  }
  outputs.clear();
}

// A reader over the command buffer.
class Command {
 public:
  explicit Command(const Engine& engine, size_t length) : next_(engine.words), end_(engine.words + length) {
    TORCH_CHECK(length <= engine.capacity, "a command of ", length, " words does not fit the buffer");
  }
  double number() {
    TORCH_CHECK(next_ < end_, "the command is cut off");
    return *next_++;
  }
  int64_t integer() { return wholeNumber(number()); }
  // A count of things that take at least a word each.
  size_t count() {
    const int64_t value = integer();
    TORCH_CHECK(value >= 0 && value <= end_ - next_, "the command is cut off");
    return static_cast<size_t>(value);
  }
  const double* rest() const { return next_; }
  size_t left() const { return static_cast<size_t>(end_ - next_); }

 private:
  const double* next_;
  const double* end_;
};

// run(length): executes the command in the buffer: opcode, inputs (count; handle, rank or -1, sizes), attributes.
napi_value run(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    Engine& engine = engineOf(env);
    Command command(engine, static_cast<size_t>(numberOf(env, arguments<1>(env, info)[0])));
    const int64_t opcode = command.integer();
    TORCH_CHECK(opcode >= 0 && opcode < static_cast<int64_t>(kernelTable().size()), "unknown opcode ", opcode);
    const Kernel& kernel = kernelTable()[opcode];
    engine.inputs.clear();
    engine.reshaped.clear();
    const size_t count = command.count();
    for (size_t i = 0; i < count; i++) {
      const double handle = command.number();
      const int64_t rank = command.integer();
      TORCH_CHECK(rank <= 64, "a shape of ", rank, " dimensions");
      if (handle < 0) {
        engine.inputs.push_back(nullptr);
        continue;
      }
      Value* value = &engine.at(handle);
      if (rank >= 0) {
        std::vector<int64_t> shape(rank);
        for (auto& size : shape) size = command.integer();
        engine.reshaped.emplace_back();
        engine.reshaped.back().tensor = value->tensor.view(shape);
        engine.reshaped.back().origin = value;
        value = &engine.reshaped.back();
      }
      engine.inputs.push_back(value);
    }
    engine.outputs.clear();
    runKernel(kernel, engine.settings, engine.inputs, command.rest(), command.left(), engine.outputs);
    engine.reshaped.clear();
    writeOutputs(engine, engine.outputs);
    return nullptr;
  });
}

// The bytes of a typed array.
struct Bytes {
  void* data = nullptr;
  size_t length = 0;  // elements
  napi_typedarray_type type = napi_uint8_array;
};

Bytes bytesOf(napi_env env, napi_value array) {
  Bytes bytes;
  bool typed = false;
  check(env, napi_is_typedarray(env, array, &typed), "a typed array");
  TORCH_CHECK(typed, "a typed array is needed");
  check(env, napi_get_typedarray_info(env, array, &bytes.type, &bytes.length, &bytes.data, nullptr, nullptr),
        "a typed array");
  return bytes;
}

// upload(values, dtype, length): copies values of the shape in the buffer (`length` sizes); returns a handle.
napi_value upload(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    Engine& engine = engineOf(env);
    const auto args = arguments<3>(env, info);
    const Bytes bytes = bytesOf(env, args[0]);
    const auto dtype = static_cast<DType>(static_cast<int>(numberOf(env, args[1])));
    Command command(engine, static_cast<size_t>(numberOf(env, args[2])));
    std::vector<int64_t> shape(command.left());
    int64_t elements = 1;
    for (auto& size : shape) {
      size = command.integer();
      TORCH_CHECK(size >= 0, "a negative size");
      elements *= size;
    }
    const auto expected = dtype == DType::float32 ? napi_float32_array
                          : dtype == DType::int32 ? napi_int32_array
                                                  : napi_uint8_array;
    TORCH_CHECK(bytes.type == expected && static_cast<int64_t>(bytes.length) == elements,
                "the values do not fit the shape ", shape);
    at::Tensor tensor = at::empty(shape, at::TensorOptions().dtype(scalarType(dtype)));
    if (dtype == DType::boolean) {
      const auto* from = static_cast<const uint8_t*>(bytes.data);
      bool* to = tensor.data_ptr<bool>();
      for (int64_t i = 0; i < elements; i++) to[i] = from[i] != 0;
    } else if (elements > 0) {
      std::memcpy(tensor.data_ptr(), bytes.data, tensor.nbytes());
    }
    return numberValue(env, engine.add(toDevice(tensor, engine.settings.device)));
  });
}

napi_value typedArray(napi_env env, const at::Tensor& given) {
  at::Tensor tensor = given.to(at::kCPU);
  if (dtypeOf(tensor) == DType::float32) tensor = tensor.to(at::kFloat);
  tensor = tensor.contiguous();
  void* data = nullptr;
  napi_value buffer = nullptr;
  napi_value array = nullptr;
  TORCH_CHECK_WITH(OutOfMemoryError, napi_create_arraybuffer(env, tensor.nbytes(), &data, &buffer) == napi_ok,
                   "out of memory: no JavaScript buffer of ", tensor.nbytes(), " bytes");
  if (tensor.nbytes() > 0) std::memcpy(data, tensor.data_ptr(), tensor.nbytes());
  const auto type = dtypeOf(tensor) == DType::float32 ? napi_float32_array
                    : dtypeOf(tensor) == DType::int32 ? napi_int32_array
                                                      : napi_uint8_array;
  check(env, napi_create_typedarray(env, type, tensor.numel(), buffer, 0, &array), "a typed array");
  return array;
}

// read(handle): the values, copied.
napi_value read(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    return typedArray(env, engineOf(env).at(numberOf(env, arguments<1>(env, info)[0])).tensor);
  });
}

// A read that waits for the device in a thread of the pool instead of the one that runs JavaScript.
struct PendingRead {
  napi_async_work work = nullptr;
  napi_deferred deferred = nullptr;
  at::Tensor tensor;
  std::string error;
};

napi_value readAsync(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    auto pending = std::make_unique<PendingRead>();
    pending->tensor = engineOf(env).at(numberOf(env, arguments<1>(env, info)[0])).tensor;
    napi_value promise = nullptr;
    check(env, napi_create_promise(env, &pending->deferred, &promise), "a promise");
    const auto execute = [](napi_env, void* data) {
      auto* read = static_cast<PendingRead*>(data);
      try {
        c10::InferenceMode inference;
        read->tensor = waitedCopy(read->tensor);
      } catch (const std::exception& error) {
        read->error = error.what();
      }
    };
    const auto complete = [](napi_env environment, napi_status, void* data) {
      const std::unique_ptr<PendingRead> read(static_cast<PendingRead*>(data));
      napi_delete_async_work(environment, read->work);
      if (read->error.empty()) {
        try {
          c10::InferenceMode inference;
          napi_resolve_deferred(environment, read->deferred, typedArray(environment, read->tensor));
          return;
        } catch (const std::exception& error) {
          read->error = error.what();
        }
      }
      napi_value text = nullptr;
      napi_value error = nullptr;
      napi_create_string_utf8(environment, read->error.c_str(), read->error.size(), &text);
      napi_create_error(environment, nullptr, text, &error);
      napi_reject_deferred(environment, read->deferred, error);
    };
    check(env,
          napi_create_async_work(env, nullptr, stringValue(env, "lulc:read"), execute, complete, pending.get(),
                                 &pending->work),
          "a task");
    check(env, napi_queue_async_work(env, pending->work), "a task");
    pending.release();
    return promise;
  });
}

napi_value release(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    engineOf(env).release(numberOf(env, arguments<1>(env, info)[0]));
    return nullptr;
  });
}

// createProgram(words: Float64Array): a program id.
napi_value createProgram(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    Engine& engine = engineOf(env);
    const Bytes bytes = bytesOf(env, arguments<1>(env, info)[0]);
    TORCH_CHECK(bytes.type == napi_float64_array, "a Float64Array is needed");
    auto program = std::make_unique<Program>(static_cast<const double*>(bytes.data), bytes.length);
    const int32_t id = engine.nextProgram++;
    engine.programs.emplace(id, std::move(program));
    return numberValue(env, id);
  });
}

Program& programOf(Engine& engine, double id) {
  const auto found = engine.programs.find(static_cast<int32_t>(id));
  TORCH_CHECK(found != engine.programs.end(), "the program was disposed");
  return *found->second;
}

// setConstants(program, length): pairs of register and handle in the buffer.
napi_value setConstants(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    Engine& engine = engineOf(env);
    const auto args = arguments<2>(env, info);
    Program& program = programOf(engine, numberOf(env, args[0]));
    Command command(engine, static_cast<size_t>(numberOf(env, args[1])));
    while (command.left() > 0) {
      const auto reg = static_cast<int32_t>(command.integer());
      program.setConstant(reg, engine.at(command.number()));
    }
    return nullptr;
  });
}

// replay(program, length). In the buffer: count of attributes, each (instruction, index, value); count of inputs, each
// (register, handle); count of results, each (register, handle of the value it replaces, or -1 for a new one).
napi_value replay(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    Engine& engine = engineOf(env);
    const auto args = arguments<2>(env, info);
    Program& program = programOf(engine, numberOf(env, args[0]));
    struct Clear {
      Program& program;
      ~Clear() { program.clear(); }
    } clear{program};
    Command command(engine, static_cast<size_t>(numberOf(env, args[1])));
    for (int64_t left = command.integer(); left > 0; left--) {
      const auto instruction = static_cast<int32_t>(command.integer());
      const auto index = static_cast<int32_t>(command.integer());
      program.setAttribute(instruction, index, command.number());
    }
    for (int64_t left = command.integer(); left > 0; left--) {
      const auto reg = static_cast<int32_t>(command.integer());
      program.bind(reg, &engine.at(command.number()));
    }
    std::vector<std::pair<int32_t, double>> results(command.count());
    for (auto& [reg, target] : results) {
      reg = static_cast<int32_t>(command.integer());
      target = command.number();
      if (target >= 0) engine.at(target);
    }
    program.run(engine.settings);
    std::vector<at::Tensor> taken;
    for (const auto& [reg, target] : results) {
      taken.push_back(program.take(reg));
      TORCH_CHECK(taken.back().defined(), "the program left a result undefined");
    }
    engine.outputs.clear();
    for (size_t i = 0; i < results.size(); i++) {
      if (results[i].second < 0) {
        engine.outputs.push_back(std::move(taken[i]));
      } else {
        engine.at(results[i].second).reset(std::move(taken[i]));
      }
    }
    writeOutputs(engine, engine.outputs);
    return nullptr;
  });
}

napi_value releaseProgram(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    engineOf(env).programs.erase(static_cast<int32_t>(numberOf(env, arguments<1>(env, info)[0])));
    return nullptr;
  });
}

// configure(threads, precision, cacheLimit, memoryLimit, winograd); negative: unchanged.
napi_value configure(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    Engine& engine = engineOf(env);
    const auto args = arguments<5>(env, info);
    const double threads = numberOf(env, args[0]);
    const double precision = numberOf(env, args[1]);
    const double cacheLimit = numberOf(env, args[2]);
    const double limit = numberOf(env, args[3]);
    const double winograd = numberOf(env, args[4]);
    if (threads >= 1) at::set_num_threads(static_cast<int>(threads));
    if (precision >= 0) {
      engine.settings.precision = static_cast<Precision>(static_cast<int>(precision));
      for (auto& value : engine.values) value.forgetLayouts();
      for (auto& [id, program] : engine.programs) program->forgetLayouts();
      allowTf32(engine.settings.precision == Precision::tf32);
    }
    if (winograd >= 0) engine.settings.winograd = winograd != 0;
    if (cacheLimit >= 0 || limit >= 0) {
      const auto now = memoryStatistics();
      setMemoryLimits(cacheLimit >= 0 ? static_cast<int64_t>(cacheLimit) : now.cacheLimit,
                      limit >= 0 ? static_cast<int64_t>(limit) : now.limit);
    }
    return nullptr;
  });
}

// statistics(): what the engine holds. Bytes of memory are those of the whole process.
napi_value statistics(napi_env env, napi_callback_info) {
  return guarded(env, [&]() -> napi_value {
    Engine& engine = engineOf(env);
    const auto memory = deviceMemory(engine.settings.device);
    napi_value object = nullptr;
    check(env, napi_create_object(env, &object), "an object");
    setProperty(env, object, "tensors",
                numberValue(env, static_cast<double>(engine.values.size() - engine.freeHandles.size())));
    setProperty(env, object, "programs", numberValue(env, static_cast<double>(engine.programs.size())));
    setProperty(env, object, "usedBytes", numberValue(env, static_cast<double>(memory.used)));
    setProperty(env, object, "peakBytes", numberValue(env, static_cast<double>(memory.peak)));
    setProperty(env, object, "cachedBytes", numberValue(env, static_cast<double>(memory.cached)));
    setProperty(env, object, "threads", numberValue(env, at::get_num_threads()));
    return object;
  });
}

napi_value trim(napi_env env, napi_callback_info) {
  return guarded(env, [&]() -> napi_value {
    trimDevice(engineOf(env).settings.device);
    return nullptr;
  });
}

// setBuffer(words: Float64Array): the command buffer from now on.
napi_value setBuffer(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    Engine& engine = engineOf(env);
    const napi_value array = arguments<1>(env, info)[0];
    const Bytes bytes = bytesOf(env, array);
    TORCH_CHECK(bytes.type == napi_float64_array, "a Float64Array is needed");
    napi_ref reference = nullptr;
    check(env, napi_create_reference(env, array, 1, &reference), "a reference");
    if (engine.buffer != nullptr) napi_delete_reference(env, engine.buffer);
    engine.buffer = reference;
    engine.words = static_cast<double*>(bytes.data);
    engine.capacity = bytes.length;
    return nullptr;
  });
}

napi_value initialise(napi_env env, napi_value exports) {
  return guarded(env, [&]() -> napi_value {
    installAllocator();
    auto engine = std::make_unique<Engine>();
    engine->settings.device = bestDevice();
    const auto device = engine->settings.device;
    check(env,
          napi_set_instance_data(
              env, engine.get(), [](napi_env, void* data, void*) { delete static_cast<Engine*>(data); }, nullptr),
          "instance data");
    engine.release();
    const std::pair<const char*, napi_callback> functions[] = {
        {"setBuffer", setBuffer},     {"run", run},
        {"upload", upload},           {"read", read},
        {"readAsync", readAsync},     {"release", release},
        {"createProgram", createProgram}, {"setConstants", setConstants},
        {"replay", replay},           {"releaseProgram", releaseProgram},
        {"configure", configure},     {"statistics", statistics},
        {"trim", trim}};
    for (const auto& [name, callback] : functions) {
      napi_value function = nullptr;
      check(env, napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, nullptr, &function), "a function");
      setProperty(env, exports, name, function);
    }
    napi_value names = nullptr;
    const auto& table = kernelTable();
    check(env, napi_create_array_with_length(env, table.size(), &names), "an array");
    for (size_t i = 0; i < table.size(); i++)
      check(env, napi_set_element(env, names, static_cast<uint32_t>(i), stringValue(env, table[i].name)), "an array");
    setProperty(env, exports, "kernels", names);
    setProperty(env, exports, "libtorch", stringValue(env, TORCH_VERSION));
    setProperty(env, exports, "device", stringValue(env, device.is_cuda() ? "cuda" : "cpu"));
    setProperty(env, exports, "instructionSet", stringValue(env, simd::nameOf(simd::bestIsa())));
    return exports;
  });
}

}  // namespace
}  // namespace lulc

NAPI_MODULE_INIT() { return lulc::initialise(env, exports); }
