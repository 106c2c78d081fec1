//! Bytes in, bytes out: TCP and files. No EDI logic.
