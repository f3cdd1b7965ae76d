/** The overlaybd snapshotter: which layers are overlaybd's, their device specifications, devices and mounts. */
@NullMarked
package io.obd.snapshotter;

import org.jspecify.annotations.NullMarked;
