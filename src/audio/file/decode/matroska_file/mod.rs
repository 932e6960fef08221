//! The structure of Matroska files, apart from what symphonia reports.

mod blocks;
mod element;
mod numbered;
mod scan;
mod search_start;
mod seek;

pub(super) use scan::MatroskaScan;
pub(super) use search_start::SearchStart;
pub(super) use seek::MatroskaClusters;
