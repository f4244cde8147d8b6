#pragma once

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace esker {

template <class Signature>
class UniqueFunction;

/// A callable that is moved and never copied, for completion handlers that own what they need. Small ones (48 bytes, moved without
/// throwing) are kept in place, so that an answer costs no allocation. C++20 has no `std::move_only_function`.
template <class R, class... Args>
class UniqueFunction<R(Args...)> {
  static constexpr std::size_t kInPlaceBytes = 48;

  template <class F>
  static constexpr bool kFits =
      sizeof(F) <= kInPlaceBytes && alignof(F) <= alignof(std::max_align_t) &&
      std::is_nothrow_move_constructible_v<F>;

 public:
  UniqueFunction() = default;

  template <class F>
    requires(!std::is_same_v<std::decay_t<F>, UniqueFunction> &&
             std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
  UniqueFunction(F&& callable) {  // implicit, as for every function type
    using Callable = std::decay_t<F>;
    if constexpr (kFits<Callable>) {
      ::new (storage_) Callable(std::forward<F>(callable));
    } else {
      ::new (storage_) Callable*(new Callable(std::forward<F>(callable)));
    }
    operations_ = &kOperations<Callable>;
  }

  UniqueFunction(UniqueFunction&& other) noexcept { take(other); }
  UniqueFunction& operator=(UniqueFunction&& other) noexcept {
    if (this != &other) {
      reset();
      take(other);
    }
    return *this;
  }
  ~UniqueFunction() { reset(); }

  /// False when there is nothing to call.
  explicit operator bool() const { return operations_ != nullptr; }

  /// Calls what is held; there must be something.
  R operator()(Args... args) { return operations_->call(storage_, std::forward<Args>(args)...); }

 private:
  struct Operations {
    R (*call)(void*, Args&&...);
    void (*move)(void* to, void* from);
    void (*destroy)(void*);
  };

  template <class F>
  static F& held(void* storage) {
    if constexpr (kFits<F>) {
      return *std::launder(static_cast<F*>(storage));
    } else {
      return **std::launder(static_cast<F**>(storage));
    }
  }

  template <class F>
  static constexpr Operations kOperations = {[](void* storage, Args&&... args) -> R {
                                               return held<F>(storage)(std::forward<Args>(args)...);
                                             },
                                             [](void* to, void* from) {
                                               if constexpr (kFits<F>) {
                                                 ::new (to) F(std::move(held<F>(from)));
                                                 held<F>(from).~F();
                                               } else {
                                                 ::new (to) F*(&held<F>(from));
                                               }
                                             },
                                             [](void* storage) {
                                               if constexpr (kFits<F>) {
                                                 held<F>(storage).~F();
                                               } else {
                                                 delete &held<F>(storage);
                                               }
                                             }};

  void take(UniqueFunction& other) {
    if (other.operations_ == nullptr) return;
    other.operations_->move(storage_, other.storage_);
    operations_ = std::exchange(other.operations_, nullptr);
  }

  void reset() {
    if (operations_ != nullptr) std::exchange(operations_, nullptr)->destroy(storage_);
  }

  alignas(std::max_align_t) std::byte storage_[kInPlaceBytes];
  const Operations* operations_ = nullptr;
};

}  // namespace esker
