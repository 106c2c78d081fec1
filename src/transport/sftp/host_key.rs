//! The keys that the server shows: made at the first start, and kept in files that only we can read.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use russh::keys::ssh_key::LineEnding;
use russh::keys::{Algorithm, EcdsaCurve, HashAlg, PrivateKey};

/// Reads the host keys, or makes those that are not there: Ed25519 in `path`, and P-256 for older clients in `path` with
/// `.ecdsa` after its name.
pub(super) fn host_keys(path: &Path) -> io::Result<Vec<PrivateKey>> {
    let mut second = path.as_os_str().to_owned();
    second.push(".ecdsa");
    let curve = EcdsaCurve::NistP256;
    Ok(vec![
        host_key(path, Algorithm::Ed25519)?,
        host_key(&PathBuf::from(second), Algorithm::Ecdsa { curve })?,
    ])
}

fn host_key(path: &Path, algorithm: Algorithm) -> io::Result<PrivateKey> {
    let unusable = |error: russh::keys::ssh_key::Error| {
        let why = format!("the host key {} cannot be used: {error}", path.display());
        io::Error::new(io::ErrorKind::InvalidData, why)
    };
    let key = match fs::read(path) {
        Ok(text) => PrivateKey::from_openssh(&text).map_err(unusable)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let key = PrivateKey::random(&mut russh::keys::key::safe_rng(), algorithm)
                .map_err(unusable)?;
            let text = key.to_openssh(LineEnding::LF).map_err(unusable)?;
            write_private(path, text.as_bytes())?;
            key
        }
        Err(error) => return Err(error),
    };
    let fingerprint = key.public_key().fingerprint(HashAlg::Sha256);
    tracing::info!(file = %path.display(), %fingerprint, "host key");
    Ok(key)
}

/// Writes a file that only we can read. It is there whole or not at all.
fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut options = File::options();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&part)?;
    file.write_all(text)?;
    file.sync_all()?;
    fs::rename(part, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_private() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host-key");
        let first = host_keys(&path).unwrap();
        let again = host_keys(&path).unwrap();
        let public = |keys: &[PrivateKey]| -> Vec<_> {
            keys.iter().map(|key| key.public_key().to_openssh().unwrap()).collect()
        };
        assert_eq!(public(&first), public(&again));
        assert!(public(&first)[0].starts_with("ssh-ed25519 "));
        assert!(public(&first)[1].starts_with("ecdsa-sha2-nistp256 "));
        #[cfg(unix)]
        for name in ["host-key", "host-key.ecdsa"] {
            use std::os::unix::fs::PermissionsExt;
            let mode = fs::metadata(folder.path().join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }

    #[test]
    fn a_broken_key_is_not_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("host-key");
        fs::write(&path, "not a key").unwrap();
        let error = host_keys(&path).unwrap_err();
        assert!(error.to_string().contains("host-key cannot be used"), "{error}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "not a key");
    }
}
