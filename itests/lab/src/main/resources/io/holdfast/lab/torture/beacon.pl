#!/usr/bin/perl
# A service that announces itself: appends "NANOSECONDS alive RESOURCE NAMESPACE TOKEN PID" to the history every 20 ms.
# usage: beacon.pl HISTORY CONTROL     CONTROL/RESOURCE says how it misbehaves: "deaf" ignores SIGTERM, "forks" leaves children,
#                                      "stuck" looks into CONTROL/stuck
use strict;
use warnings;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

my ($history, $control) = @ARGV;
my $resource = $ENV{HOLDFAST_RESOURCE} // 'unknown';
my $token = $ENV{HOLDFAST_TOKEN} // 0;
my $namespace = readlink('/proc/self/ns/net');

sub misbehaves {
    open my $file, '<', "$control/$resource" or return 0;
    my $how = <$file> // '';
    return index($how, $_[0]) >= 0;
}

open my $out, '>>', $history or die "$history: $!\n";
$SIG{TERM} = sub { exit 0 unless misbehaves('deaf') };
if (misbehaves('forks')) {
    for (1 .. 3) {
        next if fork;
        setpgrp;
        $SIG{TERM} = $SIG{HUP} = 'IGNORE';
        sleep 1 while 1;
    }
}
while (1) {
    syswrite $out, sprintf("%.0f alive %s %s %s %d\n", clock_gettime(CLOCK_MONOTONIC) * 1e9, $resource, $namespace, $token, $$);
    sleep 0.02;
    -e "$control/stuck/file" if misbehaves('stuck');
}
