// A recorded list of kernel calls that runs without JavaScript in between.
#pragma once

#include "engine.h"

namespace lulc {

// Where an instruction finds an input: a register, and the shape it is seen in when that is not its own.
struct Operand {
  int32_t reg;  // -1: left out
  bool reshaped = false;
  std::vector<int64_t> shape;
};

struct Instruction {
  const Kernel* kernel;
  std::vector<Operand> inputs;
  std::vector<double> attributes;
  std::vector<int32_t> outputs;  // -1: nobody reads it
  std::vector<int32_t> frees;    // registers read for the last time here
};

class Program {
 public:
  // Reads the form that src/program/encode.ts writes.
  Program(const double* words, size_t count);

  size_t registerCount() const { return registers_.size(); }
  // A value that stays for the life of the program.
  void setConstant(int32_t reg, const Value& value);
  // A value of the caller, for the next run.
  void bind(int32_t reg, Value* value);
  // Changes an attribute for the runs to come.
  void setAttribute(int32_t instruction, int32_t index, double value);
  // Runs all instructions. What is not freed by an instruction can be taken with `take` until `clear`.
  void run(const Settings& settings);
  at::Tensor take(int32_t reg);
  // Forgets re-layouts of its constants: they were made under other settings.
  void forgetLayouts();
  // Forgets bindings and intermediate values, also after a failure.
  void clear();

 private:
  int32_t checkedRegister(double word) const;

  std::vector<Instruction> instructions_;
  std::vector<Value> registers_;
  std::vector<Value*> bound_;  // what each register stands for: its own value or the caller's
  std::vector<bool> constant_;
};

// Runs one kernel; errors name the kernel and the inputs it got.
void runKernel(const Kernel& kernel, const Settings& settings, std::vector<Value*>& inputs, const double* attributes,
               size_t count, std::vector<at::Tensor>& outputs);

}  // namespace lulc
