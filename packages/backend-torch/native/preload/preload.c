// Loads a shared library for good, so that an addon that is opened afterwards finds it by its name. Pre-built addons need
// this: they cannot know where libtorch lies on the machine that they come to.
#include <dlfcn.h>
#include <node_api.h>

static napi_value openLibrary(napi_env env, napi_callback_info info) {
  char path[4096];
  size_t length = 0;
  size_t count = 1;
  napi_value argument;
  if (napi_get_cb_info(env, info, &count, &argument, NULL, NULL) != napi_ok || count != 1 ||
      napi_get_value_string_utf8(env, argument, path, sizeof(path), &length) != napi_ok) {
    napi_throw_type_error(env, NULL, "open(path) needs a path");
    return NULL;
  }
  if (dlopen(path, RTLD_NOW | RTLD_GLOBAL) == NULL) napi_throw_error(env, NULL, dlerror());
  return NULL;
}

NAPI_MODULE_INIT() {
  napi_value function;
  if (napi_create_function(env, "open", NAPI_AUTO_LENGTH, openLibrary, NULL, &function) != napi_ok ||
      napi_set_named_property(env, exports, "open", function) != napi_ok)
    return NULL;
  return exports;
}
