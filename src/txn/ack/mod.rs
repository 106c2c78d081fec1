//! Acknowledgments: TA1 and 999.
