#!/usr/bin/perl
# Announces which addresses this network namespace has: those that a socket can be bound to. An address has no token.
# usage: sensor.pl HISTORY RESOURCE=ADDRESS...
use strict;
use warnings;
use Socket;
use Time::HiRes qw(clock_gettime CLOCK_MONOTONIC sleep);

my ($history, @watched) = @ARGV;
my $namespace = readlink('/proc/self/ns/net');
open my $out, '>>', $history or die "$history: $!\n";
my @pairs = map { my ($name, $address) = split /=/; [$name, pack_sockaddr_in(0, inet_aton($address))] } @watched;
while (getppid != 1) {
    for my $pair (@pairs) {
        socket my $socket, PF_INET, SOCK_DGRAM, 0 or next;
        my $now = clock_gettime(CLOCK_MONOTONIC) * 1e9;
        syswrite $out, sprintf("%.0f alive %s %s 0 0\n", $now, $pair->[0], $namespace) if bind $socket, $pair->[1];
    }
    sleep 0.02;
}
