"""Elements that no driver of the lab has: made, locked and made unreadable."""

import ctypes
import fcntl
import os
import struct
import subprocess
from contextlib import contextmanager

from lab import cards

MIXER, BOOLEAN, INTEGER, READ_WRITE = 2, 1, 2, 3


class Id(ctypes.Structure):
    """struct snd_ctl_elem_id"""

    _fields_ = [
        ("numid", ctypes.c_uint),
        ("iface", ctypes.c_int),
        ("device", ctypes.c_uint),
        ("subdevice", ctypes.c_uint),
        ("name", ctypes.c_char * 44),
        ("index", ctypes.c_uint),
    ]


class Info(ctypes.Structure):
    """struct snd_ctl_elem_info"""

    _fields_ = [
        ("id", Id),
        ("type", ctypes.c_int),
        ("access", ctypes.c_uint),
        ("count", ctypes.c_uint),
        ("owner", ctypes.c_int),
        ("value", ctypes.c_byte * 128),
        ("reserved", ctypes.c_byte * 64),
    ]


def request(direction, number, structure):
    """An ioctl of sound/asound.h: direction 1 is _IOW, 3 is _IOWR."""
    return direction << 30 | ctypes.sizeof(structure) << 16 | ord("U") << 8 | number


ADD, REMOVE = request(3, 0x17, Info), request(3, 0x19, Id)
LOCK, UNLOCK = request(1, 0x14, Id), request(1, 0x15, Id)


@contextmanager
def opened(card):
    control = os.open(cards.node(card, "controlC{}"), os.O_RDWR)
    try:
        yield control
    finally:
        os.close(control)


def switch(card, name, index=0, channels=1):
    """Adds a switch with this name until the `with` block ends."""
    return element(card, Info(id=Id(iface=MIXER, name=name.encode(), index=index), type=BOOLEAN, count=channels))


def volume(card, name, channels, maximum):
    """Adds a volume from 0 to `maximum` with this name until the `with` block ends."""
    info = Info(id=Id(iface=MIXER, name=name.encode()), type=INTEGER, count=channels)
    struct.pack_into("lll", info.value, 0, 0, maximum, 1)
    return element(card, info)


@contextmanager
def element(card, info):
    """Adds an element until the `with` block ends."""
    info.access = READ_WRITE
    identity = Id(iface=info.id.iface, name=info.id.name, index=info.id.index)
    with opened(card) as control:
        fcntl.ioctl(control, ADD, info)
    try:
        yield
    finally:
        with opened(card) as control:
            fcntl.ioctl(control, REMOVE, identity)


@contextmanager
def locked(card, name):
    """Locks an element until the `with` block ends."""
    identity = Id(iface=MIXER, name=name.encode())
    with opened(card) as control:
        fcntl.ioctl(control, LOCK, identity)
        yield
        fcntl.ioctl(control, UNLOCK, identity)


SHIM = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sound/asound.h>
int ioctl(int fd, unsigned long request, ...) {
    static int (*next)(int, unsigned long, void *);
    va_list arguments;
    va_start(arguments, request);
    struct snd_ctl_elem_value *value = va_arg(arguments, void *);
    va_end(arguments);
    if (!next) next = dlsym(RTLD_NEXT, "ioctl");
    if (request == SNDRV_CTL_IOCTL_ELEM_READ && !strcmp((char *)value->id.name, "UNREADABLE")) {
        errno = EINVAL;
        return -1;
    }
    return next(fd, request, value);
}
"""


def unreadable(name, folder):
    """The environment in which reading the elements with this name fails, as with the firmware of some USB cards."""
    source, library = folder / "shim.c", folder / "shim.so"
    source.write_text(SHIM.replace("UNREADABLE", name))
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)
    return {"LD_PRELOAD": str(library)}
