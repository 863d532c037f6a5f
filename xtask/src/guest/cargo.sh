#!/bin/sh
# The cargo that was unpacked beside this script, told where its compiler, libraries and linker are: `cargo xtask setup`.
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd) || exit
for libraries in "$root"/usr/lib/*-linux-gnu*; do :; done
for linker in "$root"/usr/lib/llvm-*/bin/wasm-ld; do :; done

# What a cargo or a rustup around this one has set is about another compiler.
unset RUSTUP_TOOLCHAIN CARGO RUSTC_WORKSPACE_WRAPPER
export RUSTC="$root/usr/bin/rustc" RUSTDOC="$root/usr/bin/rustdoc" RUSTC_WRAPPER=
export LD_LIBRARY_PATH="$libraries${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$linker"
exec "$root/usr/bin/cargo" "$@"
