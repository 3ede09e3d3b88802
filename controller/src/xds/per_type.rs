//! One value for every resource type.

use std::ops::{Index, IndexMut};

use isoline_translator::ResourceType;

/// A table that has exactly one `T` for each [`ResourceType`].
#[derive(Debug, Clone, Default)]
pub struct PerType<T>([T; ResourceType::ALL.len()]);

impl<T> Index<ResourceType> for PerType<T> {
    type Output = T;

    fn index(&self, kind: ResourceType) -> &T {
        &self.0[kind as usize]
    }
}

impl<T> IndexMut<ResourceType> for PerType<T> {
    fn index_mut(&mut self, kind: ResourceType) -> &mut T {
        &mut self.0[kind as usize]
    }
}
