package io.obd.nydussnapshotter;

/** How many daemons there are: configuration key {@code daemon_mode}. */
enum DaemonMode {
    /** One for each image. */
    DEDICATED,
    /** One for all images. */
    SHARED,
    /** None: images are mounted elsewhere. */
    NONE
}
