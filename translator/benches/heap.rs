//! What a translator keeps for each virtual host.

#![allow(clippy::print_stdout, missing_docs)]

mod fixture;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

const HOSTS: usize = 10_000;

fn main() {
    let objects = fixture::objects(HOSTS);
    let _profiler = dhat::Profiler::builder().testing().build();
    let before = dhat::HeapStats::get().curr_bytes;
    let translator = fixture::filled(objects);
    let bytes = dhat::HeapStats::get().curr_bytes - before;
    println!("heap of a translator per virtual host: {} bytes", bytes / HOSTS);
    drop(translator);
}
