//! What one change costs at three numbers of virtual hosts, and what a full translation costs.

#![allow(clippy::print_stdout, clippy::cast_precision_loss, missing_docs)]

mod fixture;

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use fixture::{filled, objects, proxy, wide_root};
use isoline_translator::{Change, Object, Settings, translate};

const SIZES: [usize; 3] = [100, 1_000, 10_000];
const CHANGES: usize = 1_000;
const ROUNDS: usize = 7;

/// The median time of one change to one route of one host.
fn one_change(translator: &mut isoline_translator::Translator, hosts: usize, round: usize) -> Duration {
    let mut times: Vec<Duration> = (0..CHANGES)
        .map(|i| {
            let prefix = if (round + i / hosts).is_multiple_of(2) {
                "/b"
            } else {
                "/a"
            };
            let change = Change::Upsert(proxy((i * 7919) % hosts, prefix));
            let start = Instant::now();
            black_box(translator.apply([change]));
            start.elapsed()
        })
        .collect();
    median(&mut times)
}

fn median<T: Ord + Copy>(values: &mut [T]) -> T {
    values.sort();
    values[values.len() / 2]
}

/// The median seconds of a full translation.
fn full_translation(input: &[Object], rounds: usize) -> f64 {
    let mut times: Vec<Duration> = (0..rounds)
        .map(|_| {
            let input = input.to_vec();
            let start = Instant::now();
            black_box(translate(input, Settings::default()));
            start.elapsed()
        })
        .collect();
    median(&mut times).as_secs_f64()
}

/// The median microseconds of a translation of one root, for each of its includes.
fn one_include(includes: usize) -> f64 {
    full_translation(&wide_root(includes), ROUNDS) * 1e6 / includes as f64
}

fn main() {
    let mut translators = SIZES.map(|hosts| (hosts, filled(objects(hosts)), Vec::new()));
    // Rounds alternate between the sizes, so that a machine that slows down does so for all of them.
    for round in 0..ROUNDS {
        for (hosts, translator, medians) in &mut translators {
            medians.push(one_change(translator, *hosts, round));
        }
    }
    let medians = translators.map(|(hosts, _, mut medians)| (hosts, median(&mut medians)));
    for (hosts, time) in medians {
        println!(
            "apply one change at {hosts:>6} virtual hosts: {:>8.1} µs",
            time.as_secs_f64() * 1e6
        );
    }
    println!(
        "apply ratio 10000:100 = {:.2}",
        medians[2].1.as_secs_f64() / medians[0].1.as_secs_f64()
    );

    let full = full_translation(&objects(10_000), 3);
    println!(
        "full translation of 10000 virtual hosts: {:.0} ms, {:.1} per second, {:.0} virtual hosts per second",
        full * 1e3,
        1.0 / full,
        1e4 / full
    );

    let (few, many) = (one_include(50), one_include(500));
    println!("one of  50 includes with five header conditions: {few:>8.1} µs");
    println!("one of 500 includes with five header conditions: {many:>8.1} µs");
    println!("include ratio 500:50 = {:.2}", many / few);
}
