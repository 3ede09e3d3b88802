//! What is shipped to run in a cluster: the chart, the manifests that are rendered from it, and the dashboard.

mod arguments;
mod dashboard;
mod documents;
mod files;
mod forms;
mod guides;
mod objects;
mod pods;
mod rights;
mod server;
mod services;
mod values;
