;; AdamW on four numbers at a time; host-adamw.ts says what it computes and where. `npm run wasm` makes adamw.wasm of it.
(module
  ;; Four parts of 32 KiB (8,192 float32 each): parameter, m, v, gradient.
  (memory (export "memory") 2)
  (func (export "update")
    (param $bytes i32)
    ;; gradient ← gradient · scale
    (param $scale f32)
    ;; m ← m · beta1 + gradient · rest1; v ← v · beta2 + gradient² · rest2
    (param $beta1 f32) (param $rest1 f32) (param $beta2 f32) (param $rest2 f32)
    ;; parameter ← (parameter · before - rate · m / (√v · root + epsilon)) · after
    (param $before f32) (param $rate f32) (param $root f32) (param $epsilon f32) (param $after f32)
    (local $at i32) (local $x v128) (local $m v128) (local $v v128)
    (loop $next
      (local.set $x (f32x4.mul (v128.load offset=98304 (local.get $at)) (f32x4.splat (local.get $scale))))
      (local.set $m
        (f32x4.add
          (f32x4.mul (v128.load offset=32768 (local.get $at)) (f32x4.splat (local.get $beta1)))
          (f32x4.mul (local.get $x) (f32x4.splat (local.get $rest1)))))
      (local.set $v
        (f32x4.add
          (f32x4.mul (v128.load offset=65536 (local.get $at)) (f32x4.splat (local.get $beta2)))
          (f32x4.mul (f32x4.mul (local.get $x) (local.get $x)) (f32x4.splat (local.get $rest2)))))
      (v128.store offset=32768 (local.get $at) (local.get $m))
      (v128.store offset=65536 (local.get $at) (local.get $v))
      (v128.store (local.get $at)
        (f32x4.mul
          (f32x4.sub
            (f32x4.mul (v128.load (local.get $at)) (f32x4.splat (local.get $before)))
            (f32x4.div
              (f32x4.mul (local.get $m) (f32x4.splat (local.get $rate)))
              (f32x4.add
                (f32x4.mul (f32x4.sqrt (local.get $v)) (f32x4.splat (local.get $root)))
                (f32x4.splat (local.get $epsilon)))))
          (f32x4.splat (local.get $after))))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $bytes))))))
