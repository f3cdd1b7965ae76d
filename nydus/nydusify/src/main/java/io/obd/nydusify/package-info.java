/** The {@code nydusify} command: makes nydus images of ordinary ones, checks and copies them. */
@NullMarked
package io.obd.nydusify;

import org.jspecify.annotations.NullMarked;
