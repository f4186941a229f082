#include "program.h"

#include <sstream>

namespace lulc {
namespace {

std::string describe(const std::vector<Value*>& inputs) {
  std::ostringstream text;
  for (size_t i = 0; i < inputs.size(); i++) {
    if (i > 0) text << ", ";
    if (inputs[i] == nullptr) {
      text << "none";
    } else if (!inputs[i]->tensor.defined()) {
      text << "disposed";
    } else {
      text << inputs[i]->tensor.scalar_type() << inputs[i]->tensor.sizes();
    }
  }
  return text.str();
}

// Reads words one after another and never beyond their end.
class Words {
 public:
  Words(const double* words, size_t count) : next_(words), end_(words + count) {}
  double number() {
    TORCH_CHECK(next_ < end_, "the program is cut off");
    return *next_++;
  }
  int64_t integer() { return wholeNumber(number()); }
  size_t count() {
    const int64_t value = integer();
    TORCH_CHECK(value >= 0 && value <= end_ - next_, "the program is cut off");
    return static_cast<size_t>(value);
  }

 private:
  const double* next_;
  const double* end_;
};

}  // namespace

void runKernel(const Kernel& kernel, const Settings& settings, std::vector<Value*>& inputs, const double* attributes,
               size_t count, std::vector<at::Tensor>& outputs) {
  try {
    Call call(settings, inputs, attributes, count);
    kernel.run(call);
    outputs.swap(call.outputs());
  } catch (const c10::OutOfMemoryError& error) {
    TORCH_CHECK_WITH(OutOfMemoryError, false, kernel.name, "(", describe(inputs), "): ",
                     error.what_without_backtrace());
  } catch (const c10::Error& error) {
    TORCH_CHECK(false, kernel.name, "(", describe(inputs), "): ", error.what_without_backtrace());
  } catch (const std::bad_alloc&) {
    TORCH_CHECK_WITH(OutOfMemoryError, false, kernel.name, "(", describe(inputs), "): out of memory");
  } catch (const std::exception& error) {
    TORCH_CHECK(false, kernel.name, "(", describe(inputs), "): ", error.what());
  }
}

Program::Program(const double* data, size_t count) {
  Words words(data, count);
  const size_t registers = static_cast<size_t>(words.integer());
  TORCH_CHECK(registers <= (size_t{1} << 24), "a program with ", registers, " registers");
  registers_.resize(registers);
  bound_.resize(registers, nullptr);
  constant_.resize(registers, false);
  instructions_.resize(words.count());
  const auto& table = kernelTable();
  for (auto& instruction : instructions_) {
    const int64_t opcode = words.integer();
    TORCH_CHECK(opcode >= 0 && opcode < static_cast<int64_t>(table.size()), "unknown opcode ", opcode);
    instruction.kernel = &table[opcode];
    instruction.inputs.resize(words.count());
    for (auto& operand : instruction.inputs) {
      const double reg = words.number();
      operand.reg = reg < 0 ? -1 : checkedRegister(reg);
      const int64_t rank = words.integer();
      operand.reshaped = rank >= 0;
      for (int64_t i = 0; i < rank; i++) operand.shape.push_back(words.integer());
    }
    instruction.attributes.resize(words.count());
    for (auto& attribute : instruction.attributes) attribute = words.number();
    instruction.outputs.resize(words.count());
    for (auto& reg : instruction.outputs) {
      const double word = words.number();
      reg = word < 0 ? -1 : checkedRegister(word);
    }
    instruction.frees.resize(words.count());
    for (auto& reg : instruction.frees) reg = checkedRegister(words.number());
  }
}

int32_t Program::checkedRegister(double word) const {
  TORCH_CHECK(word >= 0 && word < static_cast<double>(registers_.size()), "unknown register ", word);
  return static_cast<int32_t>(word);
}

void Program::setConstant(int32_t reg, const Value& value) {
  registers_[checkedRegister(reg)] = value;
  constant_[reg] = true;
}

void Program::bind(int32_t reg, Value* value) { bound_[checkedRegister(reg)] = value; }

void Program::setAttribute(int32_t instruction, int32_t index, double value) {
  TORCH_CHECK(instruction >= 0 && instruction < static_cast<int32_t>(instructions_.size()), "unknown instruction");
  auto& attributes = instructions_[instruction].attributes;
  TORCH_CHECK(index >= 0 && index < static_cast<int32_t>(attributes.size()), "unknown attribute");
  attributes[index] = value;
}

void Program::run(const Settings& settings) {
  std::vector<Value*> inputs;
  std::deque<Value> reshaped;
  std::vector<at::Tensor> outputs;
  for (const auto& instruction : instructions_) {
    inputs.clear();
    reshaped.clear();
    for (const auto& operand : instruction.inputs) {
      if (operand.reg < 0) {
        inputs.push_back(nullptr);
        continue;
      }
      Value* value = bound_[operand.reg] != nullptr ? bound_[operand.reg] : &registers_[operand.reg];
      if (operand.reshaped && value->tensor.defined() && value->tensor.sizes() != operand.shape) {
        reshaped.emplace_back();
        reshaped.back().tensor = value->tensor.view(operand.shape);
        reshaped.back().origin = value;
        value = &reshaped.back();
      }
      inputs.push_back(value);
    }
    outputs.clear();
    runKernel(*instruction.kernel, settings, inputs, instruction.attributes.data(), instruction.attributes.size(),
              outputs);
    TORCH_CHECK(outputs.size() == instruction.outputs.size(), instruction.kernel->name, " gave ", outputs.size(),
                " outputs, the recording has ", instruction.outputs.size());
    for (size_t i = 0; i < outputs.size(); i++) {
      if (instruction.outputs[i] >= 0) registers_[instruction.outputs[i]].reset(std::move(outputs[i]));
    }
    for (const int32_t reg : instruction.frees) {
      bound_[reg] = nullptr;
      if (!constant_[reg]) registers_[reg].reset();
    }
  }
}

at::Tensor Program::take(int32_t reg) {
  const Value* value = bound_[checkedRegister(reg)];
  return (value != nullptr ? *value : registers_[reg]).tensor;
}

void Program::forgetLayouts() {
  for (auto& value : registers_) value.forgetLayouts();
}

void Program::clear() {
  std::fill(bound_.begin(), bound_.end(), nullptr);
  for (size_t reg = 0; reg < registers_.size(); reg++) {
    if (!constant_[reg]) registers_[reg].reset();
  }
}

}  // namespace lulc
