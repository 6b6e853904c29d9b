//! What a node tells of itself, for those who watch: whether it can be shown. Knows nothing of who told it.

use crate::journal::weight_of;
use protocol::NodeView;
use serde::Deserialize;
use serde_json::Value;

/// To whom nodes tell what they show of themselves.
pub const STAGE: &str = "synod";
/// The largest view of a node that is taken, in bytes of memory.
pub(crate) const VIEW_BYTES_MAX: usize = 64 << 10;

/// Whether it is a view that can be shown, or why not.
pub(crate) fn checked(kind: Option<&str>, view: &Value) -> Result<(), String> {
    const FIELDS: [&str; 7] = [
        "role", "ring", "epoch", "load", "badges", "pictures", "words",
    ];
    let form = "write {\"type\": \"view\", \"view\": {\"role\": …, \"badges\": […]}}";
    if kind != Some("view") {
        return Err(format!("{STAGE} takes messages of type view alone: {form}"));
    }
    let Some(fields) = view.as_object() else {
        return Err(format!(
            "the body has no \"view\" that is an object: {form}"
        ));
    };
    if let Some(strange) = fields.keys().find(|key| !FIELDS.contains(&&***key)) {
        let known = FIELDS.join(", ");
        return Err(format!(
            "a view has no field {strange:?}; there are {known}"
        ));
    }
    let bytes = weight_of(view);
    if bytes > VIEW_BYTES_MAX {
        return Err(format!(
            "the view takes {bytes} bytes, and {VIEW_BYTES_MAX} are the most that is shown"
        ));
    }
    match NodeView::deserialize(view) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("the view cannot be read: {error}")),
    }
}
