/** Images in files: OCI layouts as directories and archives, and the archives of {@code docker save}. */
@NullMarked
package io.obd.convert.files;

import org.jspecify.annotations.NullMarked;
