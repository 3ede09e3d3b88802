//! What one decision costs.

#![allow(clippy::print_stdout, clippy::cast_precision_loss, clippy::unwrap_used, missing_docs)]

#[path = "../tests/requests/mod.rs"]
mod requests;

use std::{hint::black_box, time::Instant};

use isoline_policy::decide;
use requests::permitted;

const TURNS: u32 = 200_000;
const ROUNDS: usize = 7;

fn main() {
    for (name, asked) in permitted() {
        let round = || {
            let start = Instant::now();
            for _ in 0..TURNS {
                let asked = black_box(&asked);
                black_box(decide(
                    &asked.connection,
                    &asked.request,
                    &asked.policy,
                    &asked.front,
                    &mut (),
                ));
            }
            start.elapsed().as_nanos() as f64 / f64::from(TURNS)
        };
        let mut rounds: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
        rounds.sort_by(f64::total_cmp);
        println!("a decision {name}: {:.0} ns", rounds[ROUNDS / 2]);
    }
}
