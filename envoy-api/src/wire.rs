//! The fields of an encoded message, taken apart without knowing what they mean.

use prost::{
    DecodeError,
    bytes::Buf as _,
    encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field},
};

/// One encoded value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wire<'a> {
    /// The bits of a number.
    Number(u64),
    /// Text, bytes, a message, or a packed list of numbers.
    Bytes(&'a [u8]),
}

impl Wire<'_> {
    pub(crate) fn is_default(self) -> bool {
        matches!(self, Self::Number(0) | Self::Bytes([]))
    }
}

/// The values of a message with the numbers of their fields, as they come.
pub(crate) fn fields(mut bytes: &[u8]) -> Result<Vec<(u32, Wire<'_>)>, DecodeError> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (number, kind) = decode_key(&mut bytes)?;
        match kind {
            WireType::StartGroup | WireType::EndGroup => {
                skip_field(kind, number, &mut bytes, DecodeContext::default())?;
            }
            _ => found.push((number, value(kind, &mut bytes)?)),
        }
    }
    Ok(found)
}

/// The numbers of a packed list.
pub(crate) fn numbers(kind: WireType, mut bytes: &[u8]) -> Result<Vec<Wire<'_>>, DecodeError> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        found.push(value(kind, &mut bytes)?);
    }
    Ok(found)
}

fn value<'a>(kind: WireType, bytes: &mut &'a [u8]) -> Result<Wire<'a>, DecodeError> {
    let start = *bytes;
    Ok(match kind {
        WireType::Varint => Wire::Number(decode_varint(bytes)?),
        WireType::SixtyFourBit => {
            skip_field(kind, 1, bytes, DecodeContext::default())?;
            Wire::Number((&start[..8]).get_u64_le())
        }
        WireType::ThirtyTwoBit => {
            skip_field(kind, 1, bytes, DecodeContext::default())?;
            Wire::Number((&start[..4]).get_u32_le().into())
        }
        _ => {
            skip_field(kind, 1, bytes, DecodeContext::default())?;
            let mut whole = &start[..start.len() - bytes.len()];
            decode_varint(&mut whole)?;
            Wire::Bytes(whole)
        }
    })
}
