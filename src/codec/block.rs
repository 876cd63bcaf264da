//! A header block: where its count stands, its compression, its pairs.

use alloc::vec::Vec;
use bytes::BufMut;

use super::limits::Limits;
use super::pairs::{self, Pairs};
use super::reader::Fault;
use super::zlib::{self, Compression, Deflater, Inflated, Inflater, Parts};
use crate::dialect::Dialect;
use crate::error::{DecodeErrorKind, InflateError, Scope};
use crate::headers::Headers;

/// Where the number of pairs stands in Draft 1.
///
/// The draft draws it before the compressed block; the first implementation put it inside. A
/// decoder tells the two apart by the first block of its direction and keeps to what it found; an
/// encoder writes [`Outside`](Self::Outside) unless its peer was first and wrote otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CountForm {
    /// Two bytes before the compressed block, as drawn.
    Outside,
    /// The first two bytes of what the block inflates to.
    Inside,
}

/// Bytes of header blocks of one direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct HeaderBytes {
    pub(crate) plain: u64,
    pub(crate) compressed: u64,
}

impl HeaderBytes {
    fn count(&mut self, plain: usize, compressed: usize) {
        self.plain += plain as u64;
        self.compressed += compressed as u64;
    }
}

/// Reads the header blocks of one direction, in wire order.
#[derive(Debug)]
pub(super) struct BlockDecoder {
    dialect: &'static Dialect,
    inflater: Inflater,
    form: Option<CountForm>,
    bytes: HeaderBytes,
}

impl BlockDecoder {
    pub(super) const fn new(dialect: &'static Dialect) -> Self {
        Self {
            dialect,
            inflater: Inflater::new(dialect.dictionary),
            form: if dialect.block.count_before_block { None } else { Some(CountForm::Inside) },
            bytes: HeaderBytes { plain: 0, compressed: 0 },
        }
    }

    pub(super) const fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    pub(super) const fn form(&self) -> Option<CountForm> {
        self.form
    }

    pub(super) const fn header_bytes(&self) -> HeaderBytes {
        self.bytes
    }

    /// Reads the rest of a frame behind its fixed fields. With a count before the block those
    /// two bytes belong to the rest: only the form says what they are.
    ///
    /// A fault of session scope means that the context is lost; one of stream scope that the block
    /// was inflated and the next one will decode.
    pub(super) fn decode(&mut self, rest: &[u8], limits: &Limits) -> Result<Headers, Fault> {
        if self.dialect.block.count_before_block && rest.len() == 2 {
            return self.decode_without_block(rest);
        }
        if rest.is_empty() && !self.dialect.block.count_before_block {
            return Ok(Headers::new()); // No pairs, and the context is as it was (S3-A30).
        }
        let (count, block) = match self.settle_form(rest)? {
            CountForm::Inside => (None, rest),
            CountForm::Outside => match rest.split_first_chunk() {
                Some((count, block)) => (Some(u16::from_be_bytes(*count)), block),
                None => (None, rest),
            },
        };
        let inflated = self
            .inflater
            .inflate(block, limits.header_list, limits.inflated_block)
            .map_err(lost)?;
        self.bytes.count(inflated.len(), block.len());
        match inflated {
            Inflated::Whole(plain) => {
                pairs::parse(plain, count.map(usize::from), &self.dialect.block, limits)
                    .map_err(|kind| (Scope::Stream, kind))
            }
            Inflated::Dropped(_) => {
                let limit = limits.header_list;
                Err((Scope::Stream, DecodeErrorKind::ListTooLarge { limit }))
            }
        }
    }

    /// Reads a block that its frame's flag says is not compressed: the context is as it was.
    pub(super) fn decode_plain(&mut self, block: &[u8], limits: &Limits) -> Result<Headers, Fault> {
        self.bytes.count(block.len(), block.len());
        if block.is_empty() {
            return Ok(Headers::new().uncompressed()); // As in a block that is compressed.
        }
        let headers = pairs::parse(Vec::from(block), None, &self.dialect.block, limits)
            .map_err(|kind| (Scope::Stream, kind))?;
        Ok(headers.uncompressed())
    }

    /// A frame that ends behind its count: no pairs, and nothing is learnt of the form (S1-A36).
    fn decode_without_block(&self, count: &[u8]) -> Result<Headers, Fault> {
        let field = "header block";
        match (count, self.form) {
            ([0, 0], _) => Ok(Headers::new()),
            (_, Some(CountForm::Outside)) => Err((Scope::Stream, DecodeErrorKind::Short { field })),
            _ => Err((Scope::Session, DecodeErrorKind::Short { field })),
        }
    }

    /// The form of this direction; its first block decides by where the dictionary is named.
    fn settle_form(&mut self, rest: &[u8]) -> Result<CountForm, Fault> {
        if let Some(form) = self.form {
            return Ok(form);
        }
        let dictionary = self.dialect.dictionary;
        let form = if zlib::check_header(rest, dictionary).is_ok() {
            CountForm::Inside
        } else {
            let behind_count = rest.get(2..).unwrap_or_default();
            zlib::check_header(behind_count, dictionary).map_err(lost)?;
            CountForm::Outside
        };
        self.form = Some(form);
        Ok(form)
    }
}

fn lost(error: InflateError) -> Fault {
    (Scope::Session, DecodeErrorKind::Inflate(error))
}

/// Writes the header blocks of one direction, in wire order.
#[derive(Debug)]
pub(super) struct BlockEncoder {
    dialect: &'static Dialect,
    deflater: Deflater,
    form: CountForm,
    bytes: HeaderBytes,
}

impl BlockEncoder {
    pub(super) const fn new(dialect: &'static Dialect, compression: Compression) -> Self {
        Self {
            dialect,
            deflater: Deflater::new(compression),
            form: if dialect.block.count_before_block {
                CountForm::Outside
            } else {
                CountForm::Inside
            },
            bytes: HeaderBytes { plain: 0, compressed: 0 },
        }
    }

    pub(super) const fn dialect(&self) -> &'static Dialect {
        self.dialect
    }

    pub(super) const fn compression(&self) -> Compression {
        self.deflater.compression()
    }

    pub(super) const fn header_bytes(&self) -> HeaderBytes {
        self.bytes
    }

    /// Takes the peer's form over, as long as no block has been written and the form may vary.
    pub(super) const fn follow(&mut self, form: CountForm) {
        if !self.deflater.has_begun() && self.dialect.block.count_before_block {
            self.form = form;
        }
    }

    /// Writes the block as it is, count first, without the context.
    pub(super) fn encode_plain(&mut self, headers: &Headers, out: &mut Vec<u8>) {
        let pairs = Pairs { headers, rules: &self.dialect.block, has_count: true };
        zlib::copy(&pairs, out);
        self.bytes.count(pairs.len(), pairs.len());
    }

    /// Writes the count where the form has it, and the block. The list must have been checked.
    pub(super) fn encode(&mut self, headers: &Headers, out: &mut Vec<u8>) {
        let has_count = self.form == CountForm::Inside;
        if !has_count {
            out.put_slice(&pairs::number_bytes::<2>(headers.len()));
            if headers.is_empty() {
                return; // No block either (S1-A36).
            }
        }
        let before = out.len();
        let pairs = Pairs { headers, rules: &self.dialect.block, has_count };
        self.deflater.deflate(self.dialect.dictionary, &pairs, out);
        self.bytes.count(pairs.len(), out.len() - before);
    }
}
