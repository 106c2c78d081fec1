//! What we answer: eligibility now, the pipeline that every transport, command and test goes through.
