//! Counts by vendor and model.

use super::manifest::Vendors;
use std::collections::BTreeSet;

/// Counts a text of so many bytes under the vendor and model of each place that it was found in, once under each.
pub(super) fn count<'a>(vendors: &mut Vendors, models: impl Iterator<Item = (&'a str, &'a str)>, bytes: u64) {
    for (vendor, model) in models.collect::<BTreeSet<_>>() {
        let counts = vendors.entry(vendor.to_owned()).or_default().entry(model.to_owned()).or_default();
        counts.references += 1;
        counts.text_bytes += bytes;
    }
}

/// Takes back what was counted; models and vendors without texts go.
pub(super) fn discount<'a>(vendors: &mut Vendors, models: impl Iterator<Item = (&'a str, &'a str)>, bytes: u64) {
    for (vendor, model) in models.collect::<BTreeSet<_>>() {
        let Some(of_vendor) = vendors.get_mut(vendor) else { continue };
        if let Some(counts) = of_vendor.get_mut(model) {
            counts.references = counts.references.saturating_sub(1);
            counts.text_bytes = counts.text_bytes.saturating_sub(bytes);
        }
        of_vendor.retain(|_, counts| counts.references > 0);
        if of_vendor.is_empty() {
            vendors.remove(vendor);
        }
    }
}

/// Adds all counts of others.
pub(super) fn join(vendors: &mut Vendors, others: &Vendors) {
    for (vendor, models) in others {
        let of_vendor = vendors.entry(vendor.clone()).or_default();
        for (model, more) in models {
            let counts = of_vendor.entry(model.clone()).or_default();
            counts.references += more.references;
            counts.text_bytes += more.text_bytes;
        }
    }
}
