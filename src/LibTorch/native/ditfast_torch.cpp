// The whole native side of the binding: libtorch's operators by name through the dispatcher's boxed call, and direct
// entries for what is no operator (handles, storage, autograd, generators, threads). Compiles unchanged against libtorch
// 1.13 (C++17) up to the newest (C++20).
//
// Contract: every function returns 0, or 1 after an exception whose text dtf_error() then gives (per thread). Results
// go through pointers. A tensor handle is an at::Tensor* that its receiver owns; null is the undefined tensor.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/DefaultDtype.h>
#include <c10/core/InferenceMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/serialize.h>
#include <torch/version.h>

#include <dlfcn.h>

#include <cstring>
#include <string>
#include <vector>

#define API extern "C" __attribute__((visibility("default"))) int

namespace {

thread_local std::string last_error;

template <class F>
int guarded(F&& body) {
  try {
    body();
    return 0;
  } catch (const c10::Error& e) {
    last_error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    last_error = e.what();
  } catch (...) {
    last_error = "unknown native exception";
  }
  return 1;
}

// The values of Tag in Arg.cs.
enum Tag : int32_t {
  None, Tensor, Int, Double, Bool, IntList, DoubleList, TensorList, OptionalTensorList, String, Device, Generator,
};

struct Value {
  int32_t tag;
  int32_t count;  // elements of a list, bytes of a string
  union {
    int64_t i;
    double d;
    void* p;
  };
};

struct Operator {
  c10::OperatorHandle handle;
  std::vector<bool> takes_double;  // per argument: the schema's type is float or float?, where an int is accepted from the caller
};

using TensorHandle = at::Tensor*;

TensorHandle own(at::Tensor t) { return t.defined() ? new at::Tensor(std::move(t)) : nullptr; }

at::Tensor borrow(TensorHandle t) { return t ? *t : at::Tensor(); }

std::vector<at::Tensor> borrow(TensorHandle* tensors, int64_t count) {
  std::vector<at::Tensor> list;
  list.reserve(count);
  for (int64_t i = 0; i < count; i++) list.push_back(borrow(tensors[i]));
  return list;
}

c10::Device device_of(int64_t packed) {
  return c10::Device(static_cast<c10::DeviceType>(packed >> 32), static_cast<c10::DeviceIndex>(static_cast<int32_t>(packed)));
}

int64_t pack(c10::Device d) { return (static_cast<int64_t>(d.type()) << 32) | static_cast<uint32_t>(static_cast<int32_t>(d.index())); }

template <class T>
c10::List<T> list_of(const Value& v) {
  c10::List<T> list;
  list.reserve(v.count);
  for (int32_t i = 0; i < v.count; i++) list.push_back(static_cast<const T*>(v.p)[i]);
  return list;
}

c10::IValue to_ivalue(const Value& v, bool takes_double) {
  switch (v.tag) {
    case Tensor: return v.p ? c10::IValue(*static_cast<TensorHandle>(v.p)) : c10::IValue();
    case Int: return takes_double ? c10::IValue(static_cast<double>(v.i)) : c10::IValue(v.i);
    case Double: return c10::IValue(v.d);
    case Bool: return c10::IValue(v.i != 0);
    case IntList: return c10::IValue(list_of<int64_t>(v));
    case DoubleList: return c10::IValue(list_of<double>(v));
    case TensorList: {
      c10::List<at::Tensor> list;
      list.reserve(v.count);
      for (int32_t i = 0; i < v.count; i++) list.push_back(borrow(static_cast<TensorHandle*>(v.p)[i]));
      return c10::IValue(std::move(list));
    }
    case OptionalTensorList: {
      // Generic, because the name of the optional type changed between versions.
      c10::impl::GenericList list(c10::OptionalType::ofTensor());
      list.reserve(v.count);
      for (int32_t i = 0; i < v.count; i++) {
        TensorHandle t = static_cast<TensorHandle*>(v.p)[i];
        list.push_back(t ? c10::IValue(*t) : c10::IValue());
      }
      return c10::IValue(std::move(list));
    }
    case String: return c10::IValue(std::string(static_cast<const char*>(v.p), v.count));
    case Device: return c10::IValue(device_of(v.i));
    case Generator: return v.p ? c10::IValue(*static_cast<at::Generator*>(v.p)) : c10::IValue();
    default: return c10::IValue();
  }
}

Value to_value(c10::IValue& v) {
  Value r{None, 0, {0}};
  if (v.isTensor()) {
    r.tag = Tensor;
    r.p = own(std::move(v).toTensor());
  } else if (v.isInt()) {
    r.tag = Int;
    r.i = v.toInt();
  } else if (v.isDouble()) {
    r.tag = Double;
    r.d = v.toDouble();
  } else if (v.isBool()) {
    r.tag = Bool;
    r.i = v.toBool();
  } else if (v.isTensorList()) {
    auto list = v.toTensorVector();
    auto handles = new TensorHandle[list.size()];
    for (size_t i = 0; i < list.size(); i++) handles[i] = own(std::move(list[i]));
    r.tag = TensorList;
    r.count = static_cast<int32_t>(list.size());
    r.p = handles;
  } else if (!v.isNone()) {
    TORCH_CHECK(false, "an operator returned a ", v.tagKind(), ", which the binding does not read");
  }
  return r;
}

// The argument stack is reused from call to call, and taken out while in use: an operator may call back into this file.
thread_local std::vector<c10::IValue> spare_stack;

}  // namespace

extern "C" __attribute__((visibility("default"))) const char* dtf_error() { return last_error.c_str(); }

extern "C" __attribute__((visibility("default"))) const char* dtf_version() { return TORCH_VERSION; }

// ---- operators ----

/* *op stays null where this libtorch has no such operator; a handle lives as long as the process. */
API dtf_op_find(const char* name, const char* overload, Operator** op) {
  return guarded([&] {
    *op = nullptr;
    auto handle = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!handle) return;
    auto found = new Operator{*handle, {}};
    for (const auto& a : handle->schema().arguments()) {
      auto text = a.type()->str();
      found->takes_double.push_back(text == "float" || text == "float?");
    }
    *op = found;
  });
}

/* Arguments that the caller leaves out at the end take the schema's defaults. results may be null: nothing is handed back. */
API dtf_op_call(Operator* op, const Value* args, int32_t count, Value* results, int32_t capacity) {
  return guarded([&] {
    const auto& schema = op->handle.schema();
    const auto& wanted = schema.arguments();
    TORCH_CHECK(static_cast<size_t>(count) <= wanted.size(), schema.name(), " takes ", wanted.size(), " arguments, got ", count);
    auto stack = std::move(spare_stack);
    stack.clear();
    for (int32_t i = 0; i < count; i++) stack.push_back(to_ivalue(args[i], op->takes_double[i]));
    for (size_t i = count; i < wanted.size(); i++) {
      const auto& value = wanted[i].default_value();
      TORCH_CHECK(value || wanted[i].type()->kind() == c10::TypeKind::OptionalType, schema.name(), " needs its argument '", wanted[i].name(), "'");
      stack.push_back(value ? *value : c10::IValue());
    }
    op->handle.callBoxed(&stack);
    if (results) {
      TORCH_CHECK(stack.size() <= static_cast<size_t>(capacity), schema.name(), " returned ", stack.size(), " values, room for ", capacity);
      for (size_t i = 0; i < stack.size(); i++) results[i] = to_value(stack[i]);
    }
    stack.clear();
    spare_stack = std::move(stack);
  });
}

API dtf_free_list(TensorHandle* list) {
  delete[] list;
  return 0;
}

// ---- tensors ----

API dtf_tensor_free(TensorHandle t) {
  delete t;
  return 0;
}

API dtf_tensor_alias(TensorHandle t, TensorHandle* result) {
  return guarded([&] { *result = new at::Tensor(*t); });
}

struct TensorInfo {
  int64_t dtype, device, elements;
  int32_t is_contiguous, is_sparse;
};

API dtf_tensor_info(TensorHandle t, TensorInfo* info) {
  return guarded([&] {
    bool sparse = t->is_sparse();
    *info = {static_cast<int64_t>(t->scalar_type()), pack(t->device()), t->numel(), !sparse && t->is_contiguous(), sparse};
  });
}

API dtf_tensor_ndim(TensorHandle t, int64_t* ndim) {
  return guarded([&] { *ndim = t->dim(); });
}

API dtf_tensor_sizes(TensorHandle t, int64_t* sizes) {
  return guarded([&] { std::memcpy(sizes, t->sizes().data(), t->dim() * sizeof(int64_t)); });
}

API dtf_tensor_strides(TensorHandle t, int64_t* strides) {
  return guarded([&] { std::memcpy(strides, t->strides().data(), t->dim() * sizeof(int64_t)); });
}

API dtf_tensor_storage_offset(TensorHandle t, int64_t* offset) {
  return guarded([&] { *offset = t->storage_offset(); });
}

API dtf_tensor_data(TensorHandle t, void** data) {
  return guarded([&] { *data = t->data_ptr(); });
}

/* A copy of `data` on the CPU. */
API dtf_tensor_from_memory(const void* data, const int64_t* sizes, int64_t ndim, int32_t dtype, TensorHandle* result) {
  return guarded([&] {
    auto t = at::empty(at::IntArrayRef(sizes, ndim), at::TensorOptions(static_cast<at::ScalarType>(dtype)));
    if (t.nbytes() > 0) std::memcpy(t.data_ptr(), data, t.nbytes());
    *result = own(std::move(t));
  });
}

/* A view of `data`, which must live until `release(context)` is called. */
API dtf_tensor_from_blob(void* data, const int64_t* sizes, int64_t ndim, int32_t dtype, void (*release)(void*), void* context, TensorHandle* result) {
  return guarded([&] {
    *result = own(at::from_blob(
        data, at::IntArrayRef(sizes, ndim), [release, context](void*) { release(context); }, at::TensorOptions(static_cast<at::ScalarType>(dtype))));
  });
}

API dtf_tensor_save(TensorHandle t, const char* path) {
  return guarded([&] { torch::save(*t, std::string(path)); });
}

API dtf_tensor_load(const char* path, TensorHandle* result) {
  return guarded([&] {
    at::Tensor t;
    torch::load(t, std::string(path));
    *result = own(std::move(t));
  });
}

// ---- autograd ----

API dtf_tensor_requires_grad(TensorHandle t, int32_t* value) {
  return guarded([&] { *value = t->requires_grad(); });
}

API dtf_tensor_set_requires_grad(TensorHandle t, int32_t value) {
  return guarded([&] { t->set_requires_grad(value != 0); });
}

API dtf_tensor_grad(TensorHandle t, TensorHandle* result) {
  return guarded([&] { *result = own(t->grad()); });
}

API dtf_tensor_set_grad(TensorHandle t, TensorHandle grad) {
  return guarded([&] { t->mutable_grad() = borrow(grad); });
}

API dtf_tensor_is_leaf(TensorHandle t, int32_t* value) {
  return guarded([&] { *value = t->is_leaf(); });
}

API dtf_tensor_retain_grad(TensorHandle t) {
  return guarded([&] { t->retain_grad(); });
}

API dtf_backward(TensorHandle* tensors, int64_t count, TensorHandle* grads, int64_t grad_count, int32_t retain_graph, int32_t create_graph,
                 TensorHandle* inputs, int64_t input_count) {
  return guarded([&] {
    torch::autograd::backward(borrow(tensors, count), borrow(grads, grad_count), retain_graph != 0, create_graph != 0, borrow(inputs, input_count));
  });
}

/* results has room for input_count handles. */
API dtf_grad(TensorHandle* outputs, int64_t count, TensorHandle* inputs, int64_t input_count, TensorHandle* grads, int64_t grad_count,
             int32_t retain_graph, int32_t create_graph, int32_t allow_unused, TensorHandle* results) {
  return guarded([&] {
    auto list = torch::autograd::grad(borrow(outputs, count), borrow(inputs, input_count), borrow(grads, grad_count), retain_graph != 0,
                                      create_graph != 0, allow_unused != 0);
    for (size_t i = 0; i < list.size(); i++) results[i] = own(std::move(list[i]));
  });
}

API dtf_grad_mode(int32_t* enabled) {
  return guarded([&] { *enabled = c10::GradMode::is_enabled(); });
}

API dtf_set_grad_mode(int32_t enabled) {
  return guarded([&] { c10::GradMode::set_enabled(enabled != 0); });
}

API dtf_inference_mode(int32_t* enabled) {
  return guarded([&] { *enabled = c10::InferenceMode::is_enabled(); });
}

/* The guard has to be left on the thread that entered it. */
API dtf_inference_mode_enter(int32_t enabled, c10::InferenceMode** guard) {
  return guarded([&] { *guard = new c10::InferenceMode(enabled != 0); });
}

API dtf_inference_mode_leave(c10::InferenceMode* guard) {
  return guarded([&] { delete guard; });
}

// ---- random numbers ----

API dtf_manual_seed(int64_t seed) {
  return guarded([&] { at::manual_seed(static_cast<uint64_t>(seed)); });
}

/* A generator of its own, or with `shared` the device's default one. */
API dtf_generator_new(int64_t device, int32_t shared, uint64_t seed, at::Generator** result) {
  return guarded([&] {
    auto generator = at::globalContext().defaultGenerator(device_of(device));
    if (!shared) {
      generator = generator.clone();
      generator.set_current_seed(seed);
    }
    *result = new at::Generator(std::move(generator));
  });
}

API dtf_generator_free(at::Generator* g) {
  delete g;
  return 0;
}

API dtf_generator_set_seed(at::Generator* g, uint64_t seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(g->mutex());
    g->set_current_seed(seed);
  });
}

API dtf_generator_initial_seed(at::Generator* g, uint64_t* seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(g->mutex());
    *seed = g->current_seed();
  });
}

/* A seed from the system's source of randomness. */
API dtf_generator_seed(at::Generator* g, uint64_t* seed) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(g->mutex());
    *seed = g->seed();
  });
}

API dtf_generator_state(at::Generator* g, TensorHandle* state) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(g->mutex());
    *state = own(g->get_state());
  });
}

API dtf_generator_set_state(at::Generator* g, TensorHandle state) {
  return guarded([&] {
    std::lock_guard<std::mutex> lock(g->mutex());
    g->set_state(*state);
  });
}

// ---- threads, devices, dtypes ----

API dtf_num_threads(int32_t* count) {
  return guarded([&] { *count = at::get_num_threads(); });
}

API dtf_set_num_threads(int32_t count) {
  return guarded([&] {
    at::set_num_threads(count);
    // libtorch tells MKL, but not an OpenBLAS with threads of its own.
    using SetBlasThreads = void (*)(int);
    static const auto set_blas_threads = reinterpret_cast<SetBlasThreads>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"));
    if (set_blas_threads != nullptr) set_blas_threads(count);
  });
}

API dtf_num_interop_threads(int32_t* count) {
  return guarded([&] { *count = at::get_num_interop_threads(); });
}

API dtf_set_num_interop_threads(int32_t count) {
  return guarded([&] { at::set_num_interop_threads(count); });
}

/* Through the registry of device guards, which has the same shape in every version and needs no CUDA library to link. */
API dtf_device_count(int32_t type, int32_t* count) {
  return guarded([&] {
    auto device_type = static_cast<c10::DeviceType>(type);
    *count = c10::impl::hasDeviceGuardImpl(device_type) ? c10::impl::getDeviceGuardImpl(device_type)->deviceCount() : 0;
  });
}

API dtf_has_cudnn(int32_t* value) {
  return guarded([&] { *value = at::globalContext().hasCUDA() && at::globalContext().hasCuDNN(); });
}

API dtf_synchronize(int64_t device) {
  return guarded([&] {
    auto d = device_of(device);
    c10::impl::VirtualGuardImpl impl(d.type());
    if (!d.has_index()) d = impl.getDevice();
    impl.synchronizeStream(impl.getStream(d));
  });
}

API dtf_default_dtype(int32_t* dtype) {
  return guarded([&] { *dtype = static_cast<int32_t>(c10::get_default_dtype_as_scalartype()); });
}

API dtf_set_default_dtype(int32_t dtype) {
  return guarded([&] { c10::set_default_dtype(c10::scalarTypeToTypeMeta(static_cast<at::ScalarType>(dtype))); });
}

API dtf_promote_types(int32_t a, int32_t b, int32_t* result) {
  return guarded([&] { *result = static_cast<int32_t>(at::promote_types(static_cast<at::ScalarType>(a), static_cast<at::ScalarType>(b))); });
}
