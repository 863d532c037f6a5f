//! Compiles MDL sources into one WebAssembly component.
