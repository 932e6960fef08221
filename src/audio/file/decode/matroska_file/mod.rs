//! The structure of Matroska files, apart from what symphonia reports.

mod blocks;
mod element;
mod scan;
mod seek;

pub(super) use scan::MatroskaScan;
pub(super) use seek::{MatroskaClusters, SearchStart};
