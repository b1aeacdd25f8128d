//! The plan, the steps on one server, many servers at once, the audit trail.
