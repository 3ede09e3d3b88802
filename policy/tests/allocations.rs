//! A request that may pass costs no memory.

#![allow(clippy::unwrap_used, missing_docs)]

mod requests;

use isoline_policy::{Decision, decide};
use requests::permitted;

#[global_allocator]
static ALLOCATOR: dhat::Alloc = dhat::Alloc;

#[test]
fn nothing_is_allocated_for_a_request_that_may_pass() {
    let asked = permitted();
    let _profiler = dhat::Profiler::builder().testing().build();
    for (name, asked) in &asked {
        let before = dhat::HeapStats::get().total_blocks;
        let judgement = decide(&asked.connection, &asked.request, &asked.policy, &asked.front, &mut ());
        let allocated = dhat::HeapStats::get().total_blocks - before;
        assert_eq!(judgement.decision, Decision::Continue, "{name}");
        assert_eq!(allocated, 0, "{name}");
    }
}
