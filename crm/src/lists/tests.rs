//! What people type as a filter, what it comes to, and how it is refused.
