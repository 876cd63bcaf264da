//! Kubernetes (written below).
