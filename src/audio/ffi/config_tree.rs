//! Trees in the syntax of alsa-lib's configuration (`snd_config_t`), such as the state files of alsactl.

use super::{check, owned};
use alsa_sys as sys;
use std::ffi::{CString, c_char, c_long};
use std::ptr::null_mut;

/// A node of a tree: its key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigNode {
    /// The key below the parent.
    pub id: String,
    /// The value.
    pub value: ConfigValue,
}

/// The value of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum ConfigValue {
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// Text.
    Text(String),
    /// Nodes. Joined ones are written as `parent.child`, others between braces; trees that were read do not show which.
    Compound {
        /// Whether the nodes are written without braces.
        joined: bool,
        /// The nodes, in order.
        nodes: Vec<ConfigNode>,
    },
}

impl ConfigNode {
    /// A node with text.
    pub fn text(id: impl Into<String>, text: impl Into<String>) -> ConfigNode {
        ConfigNode {
            id: id.into(),
            value: ConfigValue::Text(text.into()),
        }
    }

    /// A node with a number.
    pub fn integer(id: impl Into<String>, number: i64) -> ConfigNode {
        ConfigNode {
            id: id.into(),
            value: ConfigValue::Integer(number),
        }
    }

    /// A node with nodes between braces.
    pub fn compound(id: impl Into<String>, nodes: Vec<ConfigNode>) -> ConfigNode {
        ConfigNode {
            id: id.into(),
            value: ConfigValue::Compound {
                joined: false,
                nodes,
            },
        }
    }

    /// A node with nodes that are written as `parent.child`.
    pub fn joined(id: impl Into<String>, nodes: Vec<ConfigNode>) -> ConfigNode {
        ConfigNode {
            id: id.into(),
            value: ConfigValue::Compound {
                joined: true,
                nodes,
            },
        }
    }

    /// The nodes of a compound.
    pub fn nodes(&self) -> Option<&[ConfigNode]> {
        match &self.value {
            ConfigValue::Compound { nodes, .. } => Some(nodes),
            _ => None,
        }
    }

    /// The node with this key in a compound.
    pub fn child(&self, id: &str) -> Option<&ConfigNode> {
        self.nodes()?.iter().find(|node| node.id == id)
    }

    /// The text of a node that has text.
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            ConfigValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number of a node that has a whole number.
    pub fn as_integer(&self) -> Option<i64> {
        match &self.value {
            ConfigValue::Integer(number) => Some(*number),
            _ => None,
        }
    }
}

/// A tree of its own, apart from alsa-lib's configuration.
#[derive(Debug)]
pub struct ConfigTree(*mut sys::snd_config_t);

impl Drop for ConfigTree {
    fn drop(&mut self) {
        // SAFETY: the tree is live, and deleted only here.
        unsafe { sys::snd_config_delete(self.0) };
    }
}

impl ConfigTree {
    /// An empty tree (`snd_config_top`). The error is a positive errno.
    pub fn new() -> Result<ConfigTree, i32> {
        let mut top = null_mut();
        // SAFETY: the tree is an out-parameter.
        check(unsafe { sys::snd_config_top(&mut top) })?;
        Ok(ConfigTree(top))
    }

    /// Adds what a text defines (`snd_config_load`). The error is a positive errno. alsa-lib reports where it is, and
    /// what comes before has been added.
    pub fn load(&mut self, text: &[u8]) -> Result<(), i32> {
        let mut input = null_mut();
        // SAFETY: alsa-lib copies the buffer; the input is closed here; the tree is live.
        unsafe {
            check(sys::snd_input_buffer_open(
                &mut input,
                text.as_ptr().cast::<c_char>(),
                text.len() as isize,
            ))?;
            let loaded = check(sys::snd_config_load(self.0, input));
            sys::snd_input_close(input);
            loaded
        }
    }

    /// Copies all nodes.
    pub fn nodes(&self) -> Vec<ConfigNode> {
        // SAFETY: the tree is live and a compound.
        unsafe { children(self.0) }
    }

    /// Replaces the node `node.id` in the joined compound `parent`, which is created if necessary. A new node comes last.
    /// The error is a positive errno.
    pub fn replace(&mut self, parent: &str, node: &ConfigNode) -> Result<(), i32> {
        let key = CString::new(node.id.as_str()).map_err(|_| libc::EINVAL)?;
        // SAFETY: the tree is live, and so are the nodes found in it until they are deleted.
        unsafe {
            let parent = self.joined(parent)?;
            let mut old = null_mut();
            if check(sys::snd_config_search(parent, key.as_ptr(), &mut old)).is_ok() {
                check(sys::snd_config_delete(old))?;
            }
            add(parent, build(node)?)
        }
    }

    /// The joined compound with this key. Anything else of that name is replaced.
    ///
    /// # Safety
    /// The result lives as long as the tree and its parent.
    unsafe fn joined(&mut self, id: &str) -> Result<*mut sys::snd_config_t, i32> {
        let key = CString::new(id).map_err(|_| libc::EINVAL)?;
        let mut found = null_mut();
        // SAFETY: the tree is live, and `found` is a node of it.
        unsafe {
            if check(sys::snd_config_search(self.0, key.as_ptr(), &mut found)).is_ok() {
                if sys::snd_config_get_type(found) == sys::SND_CONFIG_TYPE_COMPOUND {
                    return Ok(found);
                }
                check(sys::snd_config_delete(found))?;
            }
            check(sys::snd_config_make_compound(&mut found, key.as_ptr(), 1))?;
            add(self.0, found)?;
            Ok(found)
        }
    }

    /// The tree as text (`snd_config_save`). The error is a positive errno.
    pub fn to_text(&self) -> Result<Vec<u8>, i32> {
        // SAFETY: the tree is live.
        unsafe { saved(self.0) }
    }
}

/// A tree as text (`snd_config_save`). The error is a positive errno.
///
/// # Safety
/// `top` must be a live node.
pub(super) unsafe fn saved(top: *mut sys::snd_config_t) -> Result<Vec<u8>, i32> {
    let mut output = null_mut();
    // SAFETY: the caller vouches for the node; the text is copied before the output is closed.
    unsafe {
        check(sys::snd_output_buffer_open(&mut output))?;
        let text = check(sys::snd_config_save(top, output)).map(|()| {
            let mut start = null_mut();
            let length = sys::snd_output_buffer_string(output, &mut start);
            match start.is_null() {
                true => Vec::new(),
                false => std::slice::from_raw_parts(start.cast::<u8>(), length as usize).to_vec(),
            }
        });
        sys::snd_output_close(output);
        text
    }
}

/// Adds a node to a compound, or deletes it if that fails.
///
/// # Safety
/// Both must be live, and `node` must belong to no tree.
unsafe fn add(parent: *mut sys::snd_config_t, node: *mut sys::snd_config_t) -> Result<(), i32> {
    // SAFETY: the caller vouches for both; a node that was not added is deleted once.
    unsafe {
        check(sys::snd_config_add(parent, node)).inspect_err(|_| {
            sys::snd_config_delete(node);
        })
    }
}

/// Builds a node that belongs to no tree.
fn build(node: &ConfigNode) -> Result<*mut sys::snd_config_t, i32> {
    let id = CString::new(node.id.as_str()).map_err(|_| libc::EINVAL)?;
    let (id, mut new) = (id.as_ptr(), null_mut());
    // SAFETY: alsa-lib copies the texts, and the new node is an out-parameter. It is deleted if one of its own fails.
    unsafe {
        match &node.value {
            ConfigValue::Integer(number) => check(match c_long::try_from(*number) {
                Ok(number) => sys::snd_config_imake_integer(&mut new, id, number),
                Err(_) => sys::snd_config_imake_integer64(&mut new, id, *number),
            })?,
            ConfigValue::Real(number) => check(sys::snd_config_imake_real(&mut new, id, *number))?,
            ConfigValue::Text(text) => {
                let text = CString::new(text.as_str()).map_err(|_| libc::EINVAL)?;
                check(sys::snd_config_imake_string(&mut new, id, text.as_ptr()))?;
            }
            ConfigValue::Compound { joined, nodes } => {
                check(sys::snd_config_make_compound(
                    &mut new,
                    id,
                    (*joined).into(),
                ))?;
                for node in nodes {
                    build(node)
                        .and_then(|node| add(new, node))
                        .inspect_err(|_| {
                            sys::snd_config_delete(new);
                        })?;
                }
            }
        }
    }
    Ok(new)
}

/// Copies the nodes of a compound.
///
/// # Safety
/// `parent` must be a live compound.
unsafe fn children(parent: *const sys::snd_config_t) -> Vec<ConfigNode> {
    let mut all = Vec::new();
    // SAFETY: the caller vouches for the compound, which does not change meanwhile; the iterator stops at its end.
    unsafe {
        let mut at = sys::snd_config_iterator_first(parent);
        while at != sys::snd_config_iterator_end(parent) {
            all.extend(copy(sys::snd_config_iterator_entry(at)));
            at = sys::snd_config_iterator_next(at);
        }
    }
    all
}

/// Copies a node; `None` for a type that no file has.
///
/// # Safety
/// `node` must be live.
unsafe fn copy(node: *const sys::snd_config_t) -> Option<ConfigNode> {
    // SAFETY: the caller vouches for the node; each function gets a node of its type; the texts are copied.
    unsafe {
        let mut id = std::ptr::null();
        check(sys::snd_config_get_id(node, &mut id)).ok()?;
        let value = match sys::snd_config_get_type(node) {
            sys::SND_CONFIG_TYPE_INTEGER => {
                let mut number: c_long = 0;
                check(sys::snd_config_get_integer(node, &mut number)).ok()?;
                ConfigValue::Integer(number as i64)
            }
            sys::SND_CONFIG_TYPE_INTEGER64 => {
                let mut number = 0;
                check(sys::snd_config_get_integer64(node, &mut number)).ok()?;
                ConfigValue::Integer(number)
            }
            sys::SND_CONFIG_TYPE_REAL => {
                let mut number = 0.0;
                check(sys::snd_config_get_real(node, &mut number)).ok()?;
                ConfigValue::Real(number)
            }
            sys::SND_CONFIG_TYPE_STRING => {
                let mut text = std::ptr::null();
                check(sys::snd_config_get_string(node, &mut text)).ok()?;
                ConfigValue::Text(owned(text).unwrap_or_default())
            }
            sys::SND_CONFIG_TYPE_COMPOUND => ConfigValue::Compound {
                joined: false,
                nodes: children(node),
            },
            _ => return None,
        };
        let id = owned(id).unwrap_or_default();
        Some(ConfigNode { id, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_is_written_as_it_was_read() {
        let text = b"state.Dummy {\n\tcontrol.1 {\n\t\tname 'A b'\n\t\tvalue.0 -3\n\t\tvalue.1 true\n\t}\n}\nother 5\n";
        let mut tree = ConfigTree::new().unwrap();
        tree.load(text).unwrap();
        assert_eq!(tree.to_text().unwrap(), text);
        let nodes = tree.nodes();
        let control = nodes[0]
            .child("Dummy")
            .and_then(|card| card.child("control"));
        let control = control.and_then(|all| all.child("1")).unwrap();
        assert_eq!(control.child("name").unwrap().as_text(), Some("A b"));
        let value = control.child("value").unwrap();
        assert_eq!(value.child("0").unwrap().as_integer(), Some(-3));
        assert_eq!(value.child("1").unwrap().as_text(), Some("true"));
    }

    #[test]
    fn a_card_replaces_an_earlier_one_and_comes_last() {
        let mut tree = ConfigTree::new().unwrap();
        tree.load(b"state.A { x 1 }\nstate.B { x 2 }\n").unwrap();
        let values = ConfigNode::joined("value", vec![ConfigNode::integer("0", 1 << 40)]);
        tree.replace("state", &ConfigNode::compound("A", vec![values]))
            .unwrap();
        let text = "state.B {\n\tx 2\n}\nstate.A {\n\tvalue.0 1099511627776\n}\n";
        assert_eq!(String::from_utf8(tree.to_text().unwrap()).unwrap(), text);
        let mut empty = ConfigTree::new().unwrap();
        empty.replace("state", &ConfigNode::text("A", "b")).unwrap();
        assert_eq!(empty.to_text().unwrap(), b"state.A b\n");
    }

    #[test]
    fn damaged_text_is_an_error() {
        crate::audio::ffi::messages::capture();
        let mut tree = ConfigTree::new().unwrap();
        assert_eq!(tree.load(b"junk"), Err(libc::EINVAL));
        assert!(tree.load(b"state { x 1").is_err());
    }
}
