// Says which libraries TensorFlow opens by name, and where each is found: one JSON object a line. TensorFlow does so
// only when it sees a GPU, so its own functions for it are called here. Linked as the binding is.
#include <dlfcn.h>
#include <link.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

namespace {

// absl::StatusOr<void *>, which comes back through memory because its destructor does something.
struct StatusOr {
  std::uintptr_t status;
  void *handle;
  ~StatusOr() {}
};

void *Real(const char *name, int flags) {
  using Open = void *(*)(const char *, int);
  static const Open open = reinterpret_cast<Open>(dlsym(RTLD_NEXT, "dlopen"));
  return open(name, flags);
}

std::string PathOf(void *handle) {
  link_map *map = nullptr;
  if (dlinfo(handle, RTLD_DI_LINKMAP, &map) != 0 || map == nullptr) return "";
  return map->l_name;
}

void Say(const char *by, const char *name, const std::string &path, const std::string &error) {
  std::printf("{\"by\": \"%s\", \"name\": \"%s\", \"path\": \"%s\", \"error\": \"%s\"}\n", by, name, path.c_str(),
              error.c_str());
}

std::string Error() {
  const char *text = dlerror();
  std::string clean;
  for (const char *c = text == nullptr ? "" : text; *c != 0; c++) clean += (*c == '"' || *c == '\\') ? '\'' : *c;
  return clean;
}

const char *asking = "";

}  // namespace

// In place of the C library's, for everything in this process.
extern "C" void *dlopen(const char *name, int flags) {
  if (name == nullptr || *asking == 0) return Real(name, flags);
  // TensorFlow's own search path has none of these: it gets those that the binding has brought, or the system's.
  void *handle = Real(name, flags | RTLD_NOLOAD);
  if (handle == nullptr) handle = Real(name, flags);
  if (handle == nullptr) Say(asking, name, "", Error());
  else Say(asking, name, PathOf(handle), "");
  return handle;
}

// Arguments: files that are opened as they are, with everything they need (cuDNN's parts, which it opens itself).
int main(int count, char **arguments) {
  const char *functions[] = {
      "CudaRuntime", "Cublas", "CublasLt", "Cufft", "Cusolver", "Cusparse", "Cudnn", "Cupti", "Nccl", "CudaDriver",
  };
  for (const char *function : functions) {
    const std::string whole = std::string("Get") + function + "DsoHandle";
    const std::string symbol =
        "_ZN3tsl8internal9DsoLoader" + std::to_string(whole.size()) + whole + "Ev";
    void *found = dlsym(RTLD_DEFAULT, symbol.c_str());
    if (found == nullptr) continue;
    asking = function;
    reinterpret_cast<StatusOr (*)()>(found)();
    asking = "";
  }
  for (int i = 1; i < count; i++) {
    const char *name = std::strrchr(arguments[i], '/');
    void *handle = Real(arguments[i], RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) Say("cuDNN", name + 1, "", Error());
    else Say("cuDNN", name + 1, PathOf(handle), "");
  }
  return 0;
}
