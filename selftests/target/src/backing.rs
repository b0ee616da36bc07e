// SPDX-License-Identifier: GPL-2.0

//! Where the blocks are: in memory or in a file.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::{PoisonError, RwLock};

/// How much memory is taken at once.
const CHUNK_LEN: usize = 1 << 16;

/// A place for bytes, for many threads.
pub(crate) trait Backing: Send + Sync {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Reads bytes from `offset` on.
    fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()>;

    /// Writes bytes from `offset` on.
    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Makes safe what was written.
    fn flush(&self) -> io::Result<()>;
}

/// A part of the memory: none before something was written there.
type Chunk = RwLock<Option<Box<[u8]>>>;

/// Bytes in memory, of which only those cost anything that were written.
pub(crate) struct Memory {
    /// How many bytes there are.
    len: u64,
    /// Their parts.
    chunks: Vec<Chunk>,
}

impl Memory {
    /// So many zeroes.
    pub(crate) fn new(len: u64) -> Self {
        let count = len.div_ceil(CHUNK_LEN as u64);
        Self {
            len,
            chunks: (0..count).map(|_| RwLock::new(None)).collect(),
        }
    }

    /// The chunks of `count` bytes from `offset` on: each with where in it, and how many.
    fn parts(&self, offset: u64, count: usize) -> io::Result<Vec<(&Chunk, usize, usize)>> {
        let out = || io::Error::from(ErrorKind::UnexpectedEof);
        let end = offset
            .checked_add(count as u64)
            .filter(|end| *end <= self.len);
        let (mut at, end) = (offset, end.ok_or_else(out)?);
        let mut parts = Vec::new();
        while at < end {
            let index = usize::try_from(at / CHUNK_LEN as u64).map_err(|_| out())?;
            let start = (at % CHUNK_LEN as u64) as usize;
            let len = (end - at).min((CHUNK_LEN - start) as u64);
            let chunk = self.chunks.get(index).ok_or_else(out)?;
            parts.push((chunk, start, len as usize));
            at += len;
        }
        Ok(parts)
    }
}

impl Backing for Memory {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, offset: u64, mut bytes: &mut [u8]) -> io::Result<()> {
        for (chunk, start, len) in self.parts(offset, bytes.len())? {
            let Some((piece, rest)) = bytes.split_at_mut_checked(len) else {
                break;
            };
            let chunk = chunk.read().unwrap_or_else(PoisonError::into_inner);
            match chunk
                .as_ref()
                .and_then(|chunk| chunk.get(start..start + len))
            {
                Some(source) => piece.copy_from_slice(source),
                None => piece.fill(0),
            }
            bytes = rest;
        }
        Ok(())
    }

    fn write(&self, offset: u64, mut bytes: &[u8]) -> io::Result<()> {
        for (chunk, start, len) in self.parts(offset, bytes.len())? {
            let Some((piece, rest)) = bytes.split_at_checked(len) else {
                break;
            };
            let mut chunk = chunk.write().unwrap_or_else(PoisonError::into_inner);
            let chunk = chunk.get_or_insert_with(|| vec![0; CHUNK_LEN].into());
            if let Some(place) = chunk.get_mut(start..start + len) {
                place.copy_from_slice(piece);
            }
            bytes = rest;
        }
        Ok(())
    }

    fn flush(&self) -> io::Result<()> {
        Ok(())
    }
}

/// Bytes in a file.
pub(crate) struct Image {
    /// The file.
    file: File,
    /// How many bytes are used.
    len: u64,
}

impl Image {
    /// The file at `path`, which is made and made longer if it has to have `size` bytes.
    pub(crate) fn open(path: &Path, size: Option<u64>) -> io::Result<Self> {
        let create = size.is_some();
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(create)
            .truncate(false)
            .open(path)?;
        let there = file.metadata()?.len();
        let len = size.unwrap_or(there);
        if len > there {
            file.set_len(len)?;
        }
        Ok(Self { file, len })
    }
}

impl Backing for Image {
    fn len(&self) -> u64 {
        self.len
    }

    fn read(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.file.read_exact_at(bytes, offset)
    }

    fn write(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all_at(bytes, offset)
    }

    fn flush(&self) -> io::Result<()> {
        self.file.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(backing: &dyn Backing) {
        let pattern: Vec<u8> = (0..100_000u32).map(|at| (at % 251) as u8).collect();
        assert_eq!(backing.len(), 200_000);
        backing.write(60_001, &pattern).unwrap();
        backing.flush().unwrap();
        let mut bytes = vec![0xee; 100_002];
        backing.read(60_000, &mut bytes).unwrap();
        assert_eq!(bytes[1..100_001], pattern);
        assert_eq!((bytes[0], bytes[100_001]), (0, 0));
    }

    #[test]
    fn memory_keeps_what_is_written() {
        let memory = Memory::new(200_000);
        check(&memory);
        assert!(memory.read(199_999, &mut [0; 2]).is_err());
        assert!(memory.write(u64::MAX, &[0; 2]).is_err());
    }

    #[test]
    fn a_file_keeps_what_is_written() {
        let path = std::env::temp_dir().join(format!("iscsi-target-{}", std::process::id()));
        check(&Image::open(&path, Some(200_000)).unwrap());
        assert_eq!(Image::open(&path, None).unwrap().len(), 200_000);
        std::fs::remove_file(&path).unwrap();
        assert!(Image::open(&path, None).is_err());
    }
}
