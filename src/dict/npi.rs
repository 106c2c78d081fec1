//! National provider identifiers: ten digits, the last of which is the Luhn check digit over `80840` and the others.

/// True for ten digits that begin with 1 or 2 and end in their check digit.
pub fn is_npi(text: &[u8]) -> bool {
    let Ok(digits) = <[u8; 10]>::try_from(text) else { return false };
    let [first @ .., last] = digits;
    digits.iter().all(u8::is_ascii_digit)
        && matches!(digits[0], b'1' | b'2')
        && npi_check_digit(&first) == last - b'0'
}

/// The check digit for nine digits.
pub fn npi_check_digit(nine: &[u8; 9]) -> u8 {
    // 24 is what the constant prefix 80840 contributes.
    let sum = nine.iter().enumerate().fold(24, |sum, (index, digit)| {
        let digit = u32::from(digit.wrapping_sub(b'0'));
        sum + if index % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }
    });
    ((10 - sum % 10) % 10) as u8
}

#[cfg(test)]
mod tests {
    use super::is_npi;

    #[test]
    fn check_digits() {
        for good in ["1234567893", "1245319599"] {
            assert!(is_npi(good.as_bytes()), "{good}");
        }
        for bad in ["1234567890", "3234567893", "123456789", "12345678931", "123456789A", ""] {
            assert!(!is_npi(bad.as_bytes()), "{bad}");
        }
    }
}
