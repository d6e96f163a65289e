//! Work on one piece while the piece before it is written.

use crate::error::Result;

/// Takes pieces from `next` until there are none, works on each, and hands the results to `write` in their order. `write` takes
/// a result while the next piece is worked on.
pub(super) fn overlap<P: Send, R: Send>(
    mut next: impl FnMut() -> Result<Option<P>>,
    work: impl Fn(P) -> Result<R> + Sync,
    mut write: impl FnMut(R) -> Result<()> + Send,
) -> Result<()> {
    let mut done = None;
    loop {
        let piece = next()?;
        let is_last = piece.is_none();
        let (worked, written) = rayon::join(|| piece.map(&work).transpose(), || done.take().map_or(Ok(()), &mut write));
        written?;
        done = worked?;
        if is_last {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn every_piece_is_worked_on_and_written_in_order() {
        for count in [0, 1, 2, 9] {
            let (mut pieces, mut written) = (0..count, Vec::new());
            let write = |result| {
                written.push(result);
                Ok(())
            };
            overlap(|| Ok(pieces.next()), |piece: u32| Ok(piece * 2), write).unwrap();
            assert_eq!(written, (0..count).map(|piece| piece * 2).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_error_ends_it() {
        let mut pieces = 0..5;
        let work = |piece| if piece == 2 { Err(Error::request("no", "")) } else { Ok(piece) };
        let mut written = Vec::new();
        let write = |result| {
            written.push(result);
            Ok(())
        };
        assert!(overlap(|| Ok(pieces.next()), work, write).is_err());
        assert!(written.len() <= 2, "{written:?}");
    }
}
