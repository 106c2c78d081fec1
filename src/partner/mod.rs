//! Trading partners: who sends, what they may ask, and how we answer them.
