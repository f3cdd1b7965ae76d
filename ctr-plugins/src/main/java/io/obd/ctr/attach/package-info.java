/** {@code overlaybd-attacher}: devices by hand. */
@NullMarked
package io.obd.ctr.attach;

import org.jspecify.annotations.NullMarked;
