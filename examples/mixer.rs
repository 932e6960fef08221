//! Lists the controls of the default mixer, or sets one: `cargo run --example mixer -- Master 40`.

use aloud::audio::mixer::{ChannelSelection, Mixer, MixerDevice, VolumeUnits, mixers};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let device = MixerDevice::Name("default".to_owned());
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, percent] = arguments.as_slice() else {
        for control in mixers(device)? {
            println!("{control}");
        }
        return Ok(());
    };
    let mut mixer = Mixer::open(name, 0, device)?;
    let percent = percent.parse()?;
    mixer.set_volume(
        percent,
        ChannelSelection::All,
        None,
        VolumeUnits::Percentage,
    )?;
    println!("{:?} %", mixer.get_volume(None, VolumeUnits::Percentage)?);
    Ok(())
}
