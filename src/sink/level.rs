//! How hard data is compressed that is encoded anew: files do not tell with which level they were written.

/// A compression level as it was asked for.
///
/// Without one each codec has a level that costs little more than its fastest and gains most of what there is to gain: zstd 3, gzip 6, brotli 4. A level that
/// a codec does not have becomes its highest. Snappy and LZ4 have none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Level(Option<u32>);

impl Level {
    /// Every codec at this level; without one, each at its own.
    #[must_use]
    pub fn new(level: Option<u32>) -> Self {
        Self(level)
    }

    /// 1 to 22.
    pub(super) fn zstd(self) -> i32 {
        self.0.map_or(3, |level| i32::try_from(level.clamp(1, 22)).unwrap_or(22))
    }

    /// 1 to 9.
    pub(super) fn gzip(self) -> u32 {
        self.0.map_or(6, |level| level.clamp(1, 9))
    }

    /// 1 to 11.
    pub(super) fn brotli(self) -> u32 {
        self.0.map_or(4, |level| level.clamp(1, 11))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_codec_has_the_level_asked_for_or_its_nearest() {
        let of = |level| {
            let level = Level::new(level);
            (level.zstd(), level.gzip(), level.brotli())
        };
        assert_eq!(of(None), (3, 6, 4));
        assert_eq!(of(Some(0)), (1, 1, 1));
        assert_eq!(of(Some(10)), (10, 9, 10));
        assert_eq!(of(Some(u32::MAX)), (22, 9, 11));
    }
}
