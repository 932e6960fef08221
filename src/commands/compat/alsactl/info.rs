//! `info`: the cards and their devices, as YAML. `dump-cfg`: alsa-lib's configuration.

use super::cards::indexes;
use super::options::failed;
use crate::commands::compat::stop::{Result, Stop, errno, reason};
use crate::commands::ui::plain;
use aloud::audio;
use aloud::audio::direction::Direction;
use aloud::audio::error::Error;
use aloud::audio::system::card_contents::{CardContents, CardDevice};

pub(super) fn run(card: Option<&str>) -> Result<u8> {
    for index in indexes(card)? {
        let card = CardContents::open(index).map_err(|error| {
            let text = format!("Control device hw:{index} open error: {}", reason(&error));
            failed("general_card_info:226", &text, errno(&error))
        })?;
        print_card(&card)?;
    }
    Ok(0)
}

fn print_card(card: &CardContents) -> Result<()> {
    let info = card
        .info()
        .map_err(|error| wrong("snd_ctl_card_info", &error))?;
    let count = card
        .element_count()
        .map_err(|error| wrong("snd_ctl_elem_list", &error))?;
    plain::print(&format!(
        "#\n# Sound card\n#\n- card: {}\n  id: {}\n  name: {}\n  longname: {}\n  driver_name: {}\n  \
         mixer_name: {}\n  components: {}\n  controls_count: {count}\n",
        info.index, info.id, info.name, info.longname, info.driver, info.mixername, info.components
    ))?;
    let pcms = [Direction::Playback, Direction::Capture].map(|direction| card.pcms(direction));
    print_devices("pcm", ["PLAYBACK", "CAPTURE"], pcms, || {
        "snd_ctl_pcm_next_device".to_owned()
    })?;
    let rawmidis = [true, false].map(|is_output| card.rawmidis(is_output));
    print_devices("rawmidi", ["OUTPUT", "INPUT"], rawmidis, || {
        "rawmidi_device_list:105: snd_ctl_rawmidi_next_device".to_owned()
    })?;
    print_hwdeps(card)
}

/// Prints the devices of both directions, if there are any. `what` says what has failed.
fn print_devices(
    kind: &str,
    names: [&str; 2],
    both: [audio::error::Result<Vec<CardDevice>>; 2],
    what: impl Fn() -> String,
) -> Result<()> {
    let mut text = String::new();
    for (name, devices) in names.into_iter().zip(both) {
        let devices = devices.map_err(|error| not_listed(&what(), &error))?;
        if devices.is_empty() {
            continue;
        }
        if text.is_empty() {
            text = format!("  {kind}:\n");
        }
        text += &format!("    - stream: {name}\n      devices:\n");
        devices.iter().for_each(|device| text += &described(device));
    }
    Ok(plain::print(&text)?)
}

fn described(found: &CardDevice) -> String {
    let CardDevice {
        device,
        id,
        name,
        subdevices,
    } = found;
    let subdevices = subdevices.iter().enumerate().map(|(number, name)| {
        format!("            - subdevice: {number}\n              name: {name}\n")
    });
    format!(
        "        - device: {device}\n          id: {id}\n          name: {name}\n          subdevices:\n{}",
        subdevices.collect::<String>()
    )
}

fn print_hwdeps(card: &CardContents) -> Result<()> {
    let what = "hwdep_device_list: snd_ctl_hwdep_next_device";
    let all = card.hwdeps().map_err(|error| not_listed(what, &error))?;
    if all.is_empty() {
        return Ok(());
    }
    let rows = all.iter().map(|hwdep| {
        format!(
            "    - device: {}\n      id: {}\n      name: {}\n      iface: {}\n",
            hwdep.device, hwdep.id, hwdep.name, hwdep.interface
        )
    });
    let rows: String = rows.collect();
    Ok(plain::print(&format!("  hwdep:\n{rows}"))?)
}

fn wrong(what: &str, error: &Error) -> Stop {
    failed(
        "general_card_info",
        &format!("{what}: {}", reason(error)),
        errno(error),
    )
}

fn not_listed(what: &str, error: &Error) -> Stop {
    Stop::Failed(
        format!("alsactl: {what}\n"),
        super::options::status(errno(error)),
    )
}

/// Prints alsa-lib's configuration, with what its hooks have loaded.
pub(super) fn dump_configuration() -> Result<u8> {
    let text = audio::configuration_text();
    let text =
        text.map_err(|error| failed("dump_configuration", &reason(&error), errno(&error)))?;
    plain::print(&String::from_utf8_lossy(&text))?;
    Ok(0)
}
