/**
 * What an overlaybd image is on a host: the device specification {@code config.v1.json}, the backend's {@code
 * overlaybd.json}, the annotations that mark its layers, opening it, and asking the backend for a device of it.
 */
@NullMarked
package io.obd.image;

import org.jspecify.annotations.NullMarked;
