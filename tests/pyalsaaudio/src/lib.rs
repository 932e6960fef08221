//! pyalsaaudio's module `alsaaudio`, over aloud's library: the same functions, classes, constants, arguments, defaults,
//! warnings and errors as pyalsaaudio 0.11.
//!
//! Where pyalsaaudio aborts the process, ignores a value, or makes one up, this module raises an error.
//! `tests/kernel/test_pyalsaaudio_calls.py` lists those places. Unlike pyalsaaudio's, calls on one object from several
//! threads wait for each other.

mod arguments;
mod constants;
mod errors;
mod functions;
mod mixer;
mod pcm;

#[pyo3::pymodule]
mod alsaaudio {
    use pyo3::prelude::*;

    #[pymodule_export]
    use super::errors::ALSAAudioError;
    #[pymodule_export]
    use super::functions::{asoundlib_version, card_indexes, card_name, cards, mixers, pcms};
    #[pymodule_export]
    use super::mixer::PyMixer;
    #[pymodule_export]
    use super::pcm::PyPcm;

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        aloud::audio::leave_messages();
        super::constants::add_to(module)
    }
}
