//! Prints what others change in the default mixer: `cargo run --example monitor`.

use aloud::audio::mixer::{MixerDevice, MixerEvent, Watch};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let mut watch = Watch::new(MixerDevice::Name("default".to_owned()), &[], &[])?;
    loop {
        watch.wait_for_any(&[], None)?;
        for event in watch.events() {
            match event {
                MixerEvent::Change {
                    control, changes, ..
                } => println!("{}: {changes:?}", control.id.name),
                MixerEvent::Lost { .. } => return Err(watch.disconnected().into()),
                event => println!("{event:?}"),
            }
        }
    }
}
