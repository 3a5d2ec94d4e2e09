#!/usr/bin/perl
# A file system (FUSE) that takes each question and answers none: whoever looks into it sleeps and cannot be killed.
# usage: stuck.pl FOLDER     mounts it, prints "ready", and is gone when its input ends: then the sleepers wake with an error
use strict;
use warnings;
use Fcntl;
use POSIX 'uname';

use constant { DETACH => 2, FUSE_INIT => 26, LONGEST => 1 << 17 };
my %calls = (x86_64 => [165, 166], aarch64 => [40, 39]); # mount, umount2
my ($mount, $umount) = @{ $calls{(uname)[4]} // die "no system calls known for this machine\n" };
my ($folder) = @ARGV;
my ($source, $type) = ('stuck', 'fuse');
sysopen my $fuse, '/dev/fuse', O_RDWR or die "/dev/fuse: $!\n";
my $options = sprintf 'fd=%d,rootmode=40000,user_id=0,group_id=0,allow_other', fileno $fuse;
syscall($mount, $source, $folder, $type, 0, $options) == 0 or die "mount $folder: $!\n";

sysread $fuse, my $question, LONGEST or die "read: $!\n";
my (undef, $what, $id) = unpack 'L L Q', $question;
die "the first question is $what\n" unless $what == FUSE_INIT;
my $welcome = pack 'L L L L S S L L S S L L7', 7, 31, 65536, 0, 12, 9, 4096, 1, (0) x 10;
syswrite $fuse, pack('L l Q', 16 + length $welcome, 0, $id) . $welcome or die "write: $!\n";
$| = 1;
print "ready\n";

my $server = fork // die "fork: $!\n";
if (!$server) {
    close STDIN;
    close STDOUT;
    while (sysread $fuse, $question, LONGEST) { }
    exit;
}
close $fuse;
while (sysread STDIN, my $word, 100) { }
kill 'KILL', $server;
waitpid $server, 0;
syscall($umount, $folder, DETACH);
