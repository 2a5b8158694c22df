// A client made with INDI's C++ library, as KStars and most others are: commands in, what the library reports out.
//
//     indi_client HOST PORT [DEVICE [PROPERTY]]
//
// With a device, or a property, it watches only that.
//
// stdin, words parted by tabs                     stdout, likewise
//     connect DEVICE                                  online
//     disconnect DEVICE                               device DEVICE            gone DEVICE
//     number DEVICE PROPERTY ELEMENT VALUE            property DEVICE NAME     removed DEVICE NAME
//     text DEVICE PROPERTY ELEMENT VALUE              value DEVICE NAME STATE ELEMENT=VALUE...
//     switch DEVICE PROPERTY ELEMENT                  file DEVICE NAME ELEMENT FORMAT PATH
//     upload DEVICE PROPERTY ELEMENT FORMAT PATH      message DEVICE WORDS
//     blobs DEVICE FOLDER                             pong UID
//     only DEVICE PROPERTY FOLDER
//     ping UID                                        offline CODE

#include <libindi/baseclient.h>
#include <libindi/basedevice.h>
#include <libindi/indiproperty.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

class Client : public INDI::BaseClient
{
    public:
        std::string folder;

        // Commands and what comes in run on two threads: each line is written whole.
        void say(const std::string &line)
        {
            std::lock_guard<std::mutex> lock(writing);
            std::cout << line << std::endl;
        }

    protected:
        void serverConnected() override { say("online"); }
        void serverDisconnected(int code) override { say("offline\t" + std::to_string(code)); }
        void newDevice(INDI::BaseDevice device) override { say(std::string("device\t") + device.getDeviceName()); }
        void removeDevice(INDI::BaseDevice device) override { say(std::string("gone\t") + device.getDeviceName()); }
        void newPingReply(std::string uid) override { say("pong\t" + uid); }
        void newUniversalMessage(std::string words) override { say("message\t\t" + words); }
        void newMessage(INDI::BaseDevice device, int id) override
        {
            say(std::string("message\t") + device.getDeviceName() + "\t" + device.messageQueue(id));
        }
        void newProperty(INDI::Property property) override
        {
            say("property\t" + nameOf(property));
            values(property);
        }
        void removeProperty(INDI::Property property) override { say("removed\t" + nameOf(property)); }
        void updateProperty(INDI::Property property) override
        {
            if (property.getType() == INDI_BLOB) files(property);
            else values(property);
        }

    private:
        std::mutex writing;
        std::atomic<int> received{0};

        static std::string nameOf(INDI::Property &property)
        {
            return std::string(property.getDeviceName()) + "\t" + property.getName();
        }

        void values(INDI::Property &property)
        {
            std::ostringstream line;
            line << "value\t" << nameOf(property) << "\t" << property.getStateAsString();
            if (auto *numbers = property.getNumber())
                for (auto &one : *numbers) line << "\t" << one.getName() << "=" << one.getValue();
            if (auto *texts = property.getText())
                for (auto &one : *texts) line << "\t" << one.getName() << "=" << one.getText();
            if (auto *switches = property.getSwitch())
                for (auto &one : *switches) line << "\t" << one.getName() << "=" << one.getStateAsString();
            if (auto *lights = property.getLight())
                for (auto &one : *lights) line << "\t" << one.getName() << "=" << one.getStateAsString();
            say(line.str());
        }

        void files(INDI::Property &property)
        {
            for (auto &one : *property.getBLOB())
            {
                const std::string path = folder + "/" + std::to_string(received++);
                std::ofstream(path, std::ios::binary).write(static_cast<char *>(one.getBlob()), one.getBlobLen());
                say("file\t" + nameOf(property) + "\t" + one.getName() + "\t" + one.getFormat() + "\t" + path);
            }
        }
};

static void obey(Client &client, const std::vector<std::string> &words)
{
    const auto word = [&](size_t n) { return words.at(n).c_str(); };
    const std::string &command = words.at(0);
    if (command == "connect") client.connectDevice(word(1));
    else if (command == "disconnect") client.disconnectDevice(word(1));
    else if (command == "number") client.sendNewNumber(word(1), word(2), word(3), std::stod(words.at(4)));
    else if (command == "text") client.sendNewText(word(1), word(2), word(3), word(4));
    else if (command == "switch") client.sendNewSwitch(word(1), word(2), word(3));
    else if (command == "ping") client.sendPingRequest(word(1));
    else if (command == "blobs")
    {
        client.folder = words.at(2);
        client.setBLOBMode(B_ALSO, word(1));
    }
    else if (command == "only")
    {
        client.folder = words.at(3);
        client.setBLOBMode(B_ONLY, word(1), word(2));
    }
    else if (command == "upload")
    {
        std::ifstream file(words.at(5), std::ios::binary);
        std::string bytes{std::istreambuf_iterator<char>(file), {}};
        client.startBlob(word(1), word(2), "2026-01-01T00:00:00");
        client.sendOneBlob(word(3), bytes.size(), word(4), bytes.data());
        client.finishBlob();
    }
    else client.say("unknown\t" + command);
}

int main(int count, char *arguments[])
{
    if (count < 3 || count > 5) return 2;
    Client client;
    client.setServer(arguments[1], std::stoi(arguments[2]));
    if (count == 4) client.watchDevice(arguments[3]);
    if (count == 5) client.watchProperty(arguments[3], arguments[4]);
    if (!client.connectServer()) return 1;
    for (std::string line; std::getline(std::cin, line);)
    {
        std::vector<std::string> words;
        std::istringstream in(line);
        for (std::string word; std::getline(in, word, '\t');) words.push_back(word);
        if (!words.empty()) obey(client, words);
    }
    client.disconnectServer();
}
